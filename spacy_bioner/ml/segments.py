"""Exact probabilities of segments under a linear chain: how sure the model is of an entity.

The probability of the segment (i, j, label) is the sum of the probabilities of all tag sequences that spell it: it
begins at token i, holds every token up to j - 1 and goes no further (Culotta & McCallum 2004, constrained
forward-backward). Given all messages, a chain is a Markov process from left to right, so the sum is a product of
small matrices along the segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d
from thinc.util import get_array_module

from ..tags import OUTSIDE, TokenSpan, split_tag
from .messages import Messages, logsumexp


class Spelling(NamedTuple):
    """How legal tags spell segments, the rule of ``tags.decode``, over K tags."""

    labels: tuple[str, ...]  # (K,) the label of each tag, empty for O
    first: NDArray[np.bool_]  # (K,) a segment begins with this tag at the start of a sequence
    begins: NDArray[np.bool_]  # (K, K) a segment begins with the column's tag after the row's
    continues: NDArray[np.bool_]  # (K, K) the row's segment goes on with the column's tag

    @classmethod
    def of(cls, tags: Sequence[str]) -> Spelling:
        """Return the spelling of a tag set."""
        pairs = [split_tag(tag) for tag in tags]
        inside = np.array([prefix != OUTSIDE for prefix, _ in pairs], dtype=bool)
        continues = np.array([[_continues(before, after) for after in pairs] for before in pairs], dtype=bool)
        return cls(tuple(label for _, label in pairs), inside, inside & ~continues, continues)


def _continues(before: tuple[str, str], after: tuple[str, str]) -> bool:
    return before[0] in "BI" and after[0] in "IE" and before[1] == after[1]


def segment_probabilities(messages: Messages, spelling: Spelling, spans: Sequence[TokenSpan]) -> Floats1d:
    """Return the probability of each span, (spans,); there is at least one.

    ``spans`` count tokens over the whole batch, each within one sequence. A span whose label no tag has gets 0.
    """
    xp = get_array_module(messages.alpha)
    starts, ends = (xp.asarray([span[i] for span in spans]) for i in (0, 1))
    of_label = xp.asarray([[label == span[2] for label in spelling.labels] for span in spans])
    continues = xp.asarray(spelling.continues)
    masses = _beginning(messages, spelling, starts) * of_label
    for t in range(1, int((ends - starts).max())):
        on = xp.flatnonzero(starts + t < ends)
        masses[on] = (masses[on, :, None] * _next(messages, starts[on] + t) * continues).sum(axis=1)
    followed = xp.flatnonzero(~xp.isin(ends - 1, messages.layout.ends))
    masses[followed] *= (_next(messages, ends[followed]) * ~continues).sum(axis=2)
    return masses.sum(axis=1)


def _beginning(messages: Messages, spelling: Spelling, tokens: Any) -> Any:
    """Probability that a segment begins with each tag at each of these tokens, (tokens, K)."""
    xp = get_array_module(tokens)
    gamma = _logs(messages, messages.gamma[tokens])
    # The first token of a sequence has no pair: what stands in for it there is not used.
    pairs = _logs(messages, messages.alpha[tokens - 1])[:, :, None] + _transitions(messages) + gamma[:, None]
    pairs = _normalise(pairs.reshape(len(tokens), -1)).reshape(pairs.shape)
    begun = (pairs * xp.asarray(spelling.begins)).sum(axis=1)
    unary = _logs(messages, messages.alpha[tokens]) + gamma - _logs(messages, messages.emissions[tokens])
    unary = _normalise(unary) * xp.asarray(spelling.first)
    return xp.where(xp.isin(tokens, messages.layout.starts)[:, None], unary, begun)


def _next(messages: Messages, tokens: Any) -> Any:
    """Probability of each tag at each of these tokens given the tag before it, (tokens, K before, K)."""
    return _normalise(_transitions(messages) + _logs(messages, messages.gamma[tokens])[:, None])


def _transitions(messages: Messages) -> Any:
    return _logs(messages, messages.transitions)


def _logs(messages: Messages, values: Any) -> Any:
    xp = get_array_module(values)
    with np.errstate(divide="ignore"):
        return values if messages.is_log else xp.log(values)


def _normalise(logs: Any) -> Any:
    """Softmax over the last axis; zeros where all of it is -inf."""
    xp = get_array_module(logs)
    norm = logsumexp(logs, axis=-1)[..., None]
    return xp.exp(logs - xp.where(norm == -xp.inf, 0.0, norm))
