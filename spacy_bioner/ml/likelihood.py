"""Negative log likelihood of a linear chain, with all, some or none of the tags known; its gradient is the marginals.

All tags known: Lafferty, McCallum & Pereira 2001. Some known: Tsuboi et al. 2008, section 4: the numerator sums over
all tag sequences that agree with what is known. The gradient is the difference of two expectations, one under the
model and one under the model and what is known, so no automatic differentiation takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d, Ints1d
from thinc.util import get_array_module

from .gold import Gold
from .linear_chain import Chain, Layout, messages


class ChainGradient(NamedTuple):
    """Gradient of the sum of the losses, in float64."""

    emissions: Floats2d  # (tokens, K)
    start: Floats1d  # (K,)
    transitions: Floats2d  # (K, K)
    end: Floats1d  # (K,)


def negative_log_likelihood(
    chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[], ChainGradient]]:
    """Return the loss of each sequence, in nats, and a function that computes the gradient of their sum.

    The loss is inf where what is known cannot be under the chain; then there is no gradient. At least one token.
    """
    xp = get_array_module(emissions)
    count, tokens = len(gold.lengths), len(gold.tags)
    partial = np.logical_or.reduceat(gold.tags < 0, gold.starts)
    in_partial = np.repeat(partial, gold.lengths)
    lengths, mixing = gold.lengths, None
    if partial.any():
        # The numerator is the denominator summed over the tags that may be, so a sequence with unknown tags runs
        # twice in one batch: its masked copy counts as minus one.
        mask = gold.mask(np.flatnonzero(in_partial), emissions.shape[1])
        copies = xp.where(xp.asarray(mask), emissions[xp.asarray(in_partial)], -xp.inf)
        emissions = xp.concatenate([emissions, copies])
        lengths = np.concatenate([lengths, lengths[partial]])
        choices = mask.sum(axis=1)
        if not ((choices == 1) | (choices == mask.shape[1])).all():
            mixing = tokens
    layout = Layout(lengths, xp)
    passed = messages(chain, emissions, layout, mixing)
    numerators = path_scores(chain, emissions[:tokens], gold.tags, layout.starts[:count], layout.ends[:count])
    numerators[xp.asarray(partial)] = passed.log_z[count:]

    def gradient() -> ChainGradient:
        weights = xp.where(xp.arange(len(emissions)) < tokens, 1.0, -1.0) if partial.any() else None
        unary, pairs = passed.expectations(weights)
        unary, copied = unary[:tokens], unary[tokens:]
        unary[xp.asarray(in_partial)] += copied
        complete = np.flatnonzero(~in_partial)
        unary[xp.asarray(complete), xp.asarray(gold.tags[complete])] -= 1.0
        inside = ~in_partial
        inside[gold.starts] = False
        pairs -= xp.asarray(_pair_counts(gold.tags, np.flatnonzero(inside), len(pairs)))
        d_start, d_end = (unary[rows[:count]].sum(axis=0) for rows in (layout.starts, layout.ends))
        return ChainGradient(unary, d_start, pairs, d_end)

    return passed.log_z[:count] - numerators, gradient


def path_scores(chain: Chain, emissions: Floats2d, tags: NDArray[np.int64], starts: Ints1d, ends: Ints1d) -> Floats1d:
    """Return the score of one tag sequence for each sequence of tokens, which lie between ``starts`` and ``ends``."""
    xp = get_array_module(emissions)
    path = xp.asarray(tags)
    scores = xp.empty(len(path))
    scores[1:] = chain.transitions[path[:-1], path[1:]]
    scores[starts] = chain.start[path[starts]]
    scores[ends] += chain.end[path[ends]]
    scores += emissions[xp.arange(len(path)), path]
    return xp.add.reduceat(scores, starts)


def _pair_counts(tags: NDArray[np.int64], seconds: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """How often each tag follows each: pairs (t - 1, t) for the tokens t of ``seconds``."""
    pairs = tags[seconds - 1] * size + tags[seconds]
    return np.bincount(pairs, minlength=size * size).reshape(size, size).astype(np.float64)
