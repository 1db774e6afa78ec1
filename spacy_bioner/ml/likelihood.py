"""Negative log likelihood of a linear chain, with all, some or none of the tags known; its gradient is the marginals.

All tags known: Lafferty, McCallum & Pereira 2001. Some known: Tsuboi et al. 2008, section 4: the numerator sums over
all tag sequences that agree with what is known. The gradient is the difference of two expectations, one under the
model and one under the model and what is known, so no automatic differentiation takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from .linear_chain import Chain, Layout, messages


class ChainGradient(NamedTuple):
    """Gradient of the sum of the losses, in float64."""

    emissions: Floats2d  # (tokens, K)
    start: Floats1d  # (K,)
    transitions: Floats2d  # (K, K)
    end: Floats1d  # (K,)


@dataclass(frozen=True)
class Gold:
    """What is known of the tags of a batch, as numpy arrays; ``lengths`` cuts the tokens into sequences."""

    lengths: NDArray[np.int64]  # (sequences,), none of them empty
    tags: NDArray[np.int64]  # (tokens,) the row of the tag, -1 where it is not known
    allowed: NDArray[np.bool_] | None = None  # (tokens, K) the tags that may be; by default one known, or any

    def partial(self) -> NDArray[np.bool_]:
        """Tell for each sequence whether a tag of it is not known."""
        return np.logical_or.reduceat(self.tags < 0, np.cumsum(self.lengths) - self.lengths)

    def mask(self, tokens: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
        """Return the tags that may be at each of these tokens, (tokens, size)."""
        if self.allowed is not None:
            return self.allowed[tokens]
        tags = self.tags[tokens, None]
        return (tags < 0) | (tags == np.arange(size))


def negative_log_likelihood(
    chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[], ChainGradient]]:
    """Return the loss of each sequence, in nats, and a function that computes the gradient of their sum.

    The loss is inf where what is known cannot be under the chain; then there is no gradient. At least one token.
    """
    xp = get_array_module(emissions)
    partial = gold.partial()
    if partial.any():
        return _partial_likelihood(chain, emissions, gold, partial)
    layout = Layout(gold.lengths, xp)
    passed = messages(chain, emissions, layout)
    rows, tags = xp.arange(len(emissions)), xp.asarray(gold.tags)
    losses = passed.log_z - path_scores(chain, emissions, gold.tags, layout)

    def gradient() -> ChainGradient:
        unary, pairs = passed.expectations()
        unary[rows, tags] -= 1.0
        pairs -= xp.asarray(_transition_counts(gold, len(pairs)))
        return ChainGradient(unary, unary[layout.starts].sum(axis=0), pairs, unary[layout.ends].sum(axis=0))

    return losses, gradient


def _partial_likelihood(
    chain: Chain, emissions: Floats2d, gold: Gold, partial: NDArray[np.bool_]
) -> tuple[Floats1d, Callable[[], ChainGradient]]:
    # Numerator and denominator are the same sum, once over the tags that may be: so each sequence with an unknown
    # tag runs twice in one batch, and its copy, masked, counts as minus one.
    xp = get_array_module(emissions)
    copied = np.ones(len(partial), dtype=bool)
    tokens = np.arange(len(emissions))
    mask = gold.mask(tokens, emissions.shape[1])
    known = mask.sum(axis=1)
    fixed_or_free = bool(((known == 1) | (known == mask.shape[1])).all())
    layout = Layout(np.concatenate([gold.lengths, gold.lengths[copied]]), xp)
    masked = xp.where(xp.asarray(mask), emissions, -xp.inf)
    mixing = None if fixed_or_free else len(layout.sizes)
    passed = messages(chain, xp.concatenate([emissions, masked]), layout, mixing)
    count, half = len(gold.lengths), len(emissions)
    losses = passed.log_z[:count] - passed.log_z[count:]

    def gradient() -> ChainGradient:
        unary, pairs = passed.expectations(xp.repeat(xp.asarray([1.0, -1.0]), half))
        unary = unary[:half] + unary[half:]
        starts, ends = layout.starts[:count], layout.ends[:count]
        return ChainGradient(unary, unary[starts].sum(axis=0), pairs, unary[ends].sum(axis=0))

    return losses, gradient


def path_scores(chain: Chain, emissions: Floats2d, tags: NDArray[np.int64], layout: Layout) -> Floats1d:
    """Return the score of one tag sequence for each sequence of tokens."""
    xp = get_array_module(emissions)
    path = xp.asarray(tags)
    into = xp.empty(len(path))
    into[1:] = chain.transitions[path[:-1], path[1:]]
    into[layout.starts] = chain.start[path[layout.starts]]
    into[layout.ends] += chain.end[path[layout.ends]]
    return xp.add.reduceat(into + emissions[xp.arange(len(path)), path], layout.starts)


def _transition_counts(gold: Gold, size: int) -> NDArray[np.float64]:
    pairs = gold.tags[:-1] * size + gold.tags[1:]
    inside = np.ones(len(pairs), dtype=bool)
    inside[np.cumsum(gold.lengths)[:-1] - 1] = False
    return np.bincount(pairs[inside], minlength=size * size).reshape(size, size).astype(np.float64)
