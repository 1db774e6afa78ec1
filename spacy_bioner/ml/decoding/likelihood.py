"""Negative log likelihood of a linear chain, with all, some or none of the tags known; its gradient is the marginals.

All tags known: Lafferty, McCallum & Pereira 2001. Some known: Tsuboi et al. 2008, section 4; the numerator sums over
all tag sequences that agree with the known tags. The gradient is the difference of two expectations, under the model
and under the model given the known tags, so automatic differentiation is not needed:

    loss       log Z(all tag sequences)  -  log Z(tag sequences that agree with the known tags)
    gradient   marginals                 -  marginals given the known tags (0 or 1 where all are known)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from .forward_backward import messages
from .known_tags import Gold
from .linear_chain import Chain, Layout


class ChainGradient(NamedTuple):
    """Gradient of the sum of the losses, in float64."""

    emissions: Floats2d  # (tokens, K)
    start: Floats1d  # (K,)
    transitions: Floats2d  # (K, K)
    end: Floats1d  # (K,)


def negative_log_likelihood(chain: Chain, emissions: Any, gold: Gold) -> tuple[Floats1d, Callable[[], ChainGradient]]:
    """Return the loss of each sequence, in nats, and a function that computes the gradient of their sum.

    The loss is inf if the chain forbids the known tags; then the gradient must not be computed. At least one token.
    """
    xp = get_array_module(emissions)
    count, tokens = len(gold.lengths), len(gold.tags)
    partial = np.logical_or.reduceat(gold.tags < 0, gold.starts)
    in_partial = partial[gold.sequence]
    copied = xp.asarray(np.flatnonzero(in_partial))
    lengths, mixing = gold.lengths, None
    if len(copied):
        # The numerator is the denominator restricted to the possible tags. So a sequence with unknown tags is in the
        # batch twice, and its masked copy counts with the weight -1.
        mask = gold.mask(np.flatnonzero(in_partial), emissions.shape[1])
        emissions = xp.concatenate([emissions, xp.where(xp.asarray(mask), emissions[copied], -xp.inf)])
        lengths = np.concatenate([lengths, lengths[partial]])
        choices = mask.sum(axis=1)
        if not ((choices == 1) | (choices == mask.shape[1])).all():
            # A set of whole labels and the outside tag is a chain under the same scheme, which mixes in as many steps.
            # Where the set changes inside a sequence, what reaches a tag comes through the steps before the change.
            mixing = int(lengths.max())
            if gold.whole_labels:
                mixing = min(mixing, 2 * chain.mixing)
    layout = Layout(lengths, xp)
    passed = messages(chain, emissions, layout, mixing)
    numerators = _path_scores(chain, emissions[:tokens], gold)
    numerators[xp.asarray(np.flatnonzero(partial))] = passed.log_z[count:]

    def gradient() -> ChainGradient:
        weights = xp.where(xp.arange(len(emissions)) < tokens, 1.0, -1.0) if len(copied) else None
        unary, pairs = passed.expectations(weights)
        unary, copies = unary[:tokens], unary[tokens:]
        unary[copied] += copies
        complete = np.flatnonzero(~in_partial)
        unary[xp.asarray(complete), xp.asarray(gold.tags[complete])] -= 1.0
        pairs -= xp.asarray(_pair_counts(gold, ~in_partial, len(pairs)))
        d_start, d_end = (unary[rows[:count]].sum(axis=0) for rows in (layout.starts, layout.ends))
        return ChainGradient(unary, d_start, pairs, d_end)

    return passed.log_z[:count] - numerators, gradient


def _path_scores(chain: Chain, emissions: Any, gold: Gold) -> Any:
    """Return the score of each tag sequence, (sequences,); meaningless for a sequence with an unknown tag."""
    xp = get_array_module(emissions)
    tags, starts = xp.asarray(gold.tags), xp.asarray(gold.starts)
    ends = xp.asarray(gold.starts + gold.lengths - 1)
    scores = xp.empty(len(tags))
    scores[1:] = chain.transitions[tags[:-1], tags[1:]]
    scores[starts] = chain.start[tags[starts]]
    scores[ends] += chain.end[tags[ends]]
    scores += emissions[xp.arange(len(tags)), tags]
    return xp.bincount(xp.asarray(gold.sequence), weights=scores)


def _pair_counts(gold: Gold, counted: NDArray[np.bool_], size: int) -> NDArray[np.float64]:
    """Count how often each tag follows each other tag in a sequence, over the ``counted`` tokens, (size, size)."""
    second = counted.copy()
    second[gold.starts] = False
    seconds = np.flatnonzero(second)
    pairs = gold.tags[seconds - 1] * size + gold.tags[seconds]
    return np.bincount(pairs, minlength=size * size).reshape(size, size).astype(np.float64)
