"""Exact probabilities of segments under a linear chain: the confidence of the model in an entity.

The probability of the segment (i, j, label) is the sum of the probabilities of all tag sequences that contain it: it
begins at token i, covers every token up to j - 1 and does not continue (Culotta & McCallum 2004, constrained
forward-backward). Given the messages, the chain is a Markov process from left to right, so the sum is a product of
small matrices along the segment:

    token        i - 1      i        i + 1     ...      j - 1      j
    tag          any    ->  B-X  ->  I-X   ->  ...  ->  I-X    ->  any that does not continue it
                 _begin            follow(continues)            follow(~continues)

``masses`` holds, for each segment and each tag, the joint probability that the tags so far are those of the segment and
that the token reached has this tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d
from thinc.util import get_array_module

from ...tags import OUTSIDE, TokenSpan, same_labels, split_tag
from .forward_backward import Messages, finite, logsumexp
from .linear_chain import CELLS


class SegmentRules(NamedTuple):
    """How legal tags form segments, over K tags; the same rules as ``tags.decode``."""

    labels: tuple[str, ...]  # (K,) the label of each tag, empty for O
    first: NDArray[np.bool_]  # (K,) a segment begins with this tag at the start of a sequence
    begins: NDArray[np.bool_]  # (K, K) a segment begins with the column's tag after the row's
    continues: NDArray[np.bool_]  # (K, K) the row's segment continues with the column's tag

    @classmethod
    def of(cls, tags: Sequence[str]) -> SegmentRules:
        """Return the rules of a tag set."""
        pairs = [split_tag(tag) for tag in tags]
        inside = np.array([prefix != OUTSIDE for prefix, _ in pairs], dtype=bool)
        is_open, goes_on = (np.array([prefix in some for prefix, _ in pairs], dtype=bool) for some in ("BI", "IE"))
        continues = is_open[:, None] & goes_on & same_labels([label for _, label in pairs])
        return cls(tuple(label for _, label in pairs), inside, inside & ~continues, continues)


def segment_probabilities(messages: Messages, rules: SegmentRules, spans: Sequence[TokenSpan]) -> Floats1d:
    """Return the probability of each span, (spans,); there is at least one.

    ``spans`` count tokens over the whole batch, each within one sequence. A span whose label no tag has gets 0.
    """
    xp = get_array_module(messages.alpha)
    chunk = max(1, CELLS // messages.transitions.size)
    parts = [_probabilities(messages, rules, spans[i : i + chunk]) for i in range(0, len(spans), chunk)]
    return xp.concatenate(parts)


def _probabilities(messages: Messages, rules: SegmentRules, spans: Sequence[TokenSpan]) -> Any:
    xp = get_array_module(messages.alpha)
    starts, ends = (xp.asarray([span[i] for span in spans]) for i in (0, 1))
    of_label = xp.asarray(np.array(rules.labels) == np.array([[span[2]] for span in spans]))
    continues = xp.asarray(rules.continues)
    masses = begin(messages, rules, starts) * of_label
    inside = xp.arange(len(starts))
    for t in range(1, int((ends - starts).max())):
        inside = inside[starts[inside] + t < ends[inside]]  # only the spans that are longer than t tokens
        masses[inside] = follow(messages, masses[inside], starts[inside] + t, continues)
    followed = xp.flatnonzero(~xp.isin(ends - 1, messages.layout.ends))
    masses[followed] = follow(messages, masses[followed], ends[followed], ~continues)
    return masses.sum(axis=1)


def probable_segments(
    messages: Messages, rules: SegmentRules, starts: Any, labels: Sequence[str], threshold: float
) -> list[tuple[int, int, str, float]]:
    """Return (start, end, label, probability) of all segments with at least the probability ``threshold``.

    They begin at the tokens ``starts``, (segments,), with the labels ``labels``, (segments,).

    All segments grow by one token at a time. The probability that a segment has begun at i and still continues at t
    falls with t and bounds the probability of every later end. So a segment for which it is below the threshold is
    dropped:

        token          i     i+1    i+2    i+3
        continues     0.9 -> 0.8 -> 0.3    dropped: no later end can reach 0.4
        ends here     0.1    0.5 *         * at least 0.4: a segment

    Segments that continue over the same token exclude each other: their probabilities sum to at most 1, so at most
    1 / threshold of them are left. Therefore the work is linear in the length of the text, not quadratic.
    """
    chunk = max(1, CELLS // messages.transitions.size)
    found: list[tuple[int, int, str, float]] = []
    for first in range(0, len(starts), chunk):
        part = slice(first, first + chunk)
        found += _grow(messages, rules, starts[part], np.array(labels[part]), threshold)
    return found


def _grow(
    messages: Messages, rules: SegmentRules, starts: Any, labels: NDArray[np.str_], threshold: float
) -> list[tuple[int, int, str, float]]:
    xp = get_array_module(messages.alpha)
    continues = xp.asarray(rules.continues)
    of_label = xp.asarray(np.array(rules.labels) == labels[:, None])
    last_tokens = xp.zeros(len(messages.alpha), dtype=bool)
    last_tokens[messages.layout.ends] = True
    masses = begin(messages, rules, starts) * of_label
    which, tokens = xp.arange(len(starts)), starts
    found: list[tuple[int, int, str, float]] = []
    while True:
        # Less than the threshold by rounding is not less: what is dropped here is lost, what is kept is compared again.
        live = masses.sum(axis=1) >= threshold - 1e-9
        masses, which, tokens = masses[live], which[live], tokens[live]
        if not len(which):
            return found
        at_end = last_tokens[tokens]
        ended = masses.sum(axis=1)
        more = xp.flatnonzero(~at_end)
        ended[more] = follow(messages, masses[more], tokens[more] + 1, ~continues).sum(axis=1)
        for i in xp.flatnonzero(ended >= threshold).tolist():
            row = int(which[i])
            found.append((int(starts[row]), int(tokens[i]) + 1, str(labels[row]), float(ended[i])))
        masses = follow(messages, masses[more], tokens[more] + 1, continues)
        which, tokens = which[more], tokens[more] + 1


def begin(messages: Messages, rules: SegmentRules, tokens: Any) -> Any:
    """Return the probability that a segment begins at each of these tokens with each tag, (tokens, K)."""
    xp = get_array_module(tokens)
    alpha, gamma, emissions = messages.alpha[tokens], messages.gamma[tokens], messages.emissions[tokens]
    first = xp.flatnonzero(xp.isin(tokens, messages.layout.starts))
    before = messages.alpha[tokens - 1]
    before[first] = -xp.inf if messages.is_log else 0.0
    if messages.is_log:
        unary = alpha + gamma - emissions
        norm = logsumexp(unary, axis=1)[:, None]
        unary, before = xp.exp(unary - norm), before - norm
    else:
        unary = alpha * gamma / emissions
        norm = unary.sum(axis=1)[:, None]
        unary, before = unary / norm, before / (norm * messages.scales[tokens][:, None])
    masses = _pairs(messages, before, tokens, xp.asarray(rules.begins))
    masses[first] = unary[first] * xp.asarray(rules.first)
    return masses


def follow(messages: Messages, masses: Any, tokens: Any, mask: Any) -> Any:
    """Move the masses from the tags before these tokens to their own tags, over the pairs in ``mask``, (tokens, K)."""
    # Of the tag before, P(tag | before) = T[before, tag] * gamma[tag] / onwards[before].
    xp = get_array_module(tokens)
    gamma = messages.gamma[tokens]
    if messages.is_log:
        onwards = logsumexp(messages.transitions + gamma[:, None], axis=2)
        with np.errstate(divide="ignore"):
            return _pairs(messages, xp.log(masses) - finite(onwards), tokens, mask)
    onwards = gamma @ messages.transitions.T
    onwards[onwards == 0] = 1.0  # no tag may follow: then this tag has no mass either
    return _pairs(messages, masses / onwards, tokens, mask)


def _pairs(messages: Messages, left: Any, tokens: Any, mask: Any) -> Any:
    """Return the sum, over the tags before, of ``left`` times transition times gamma: linear, (tokens, K)."""
    xp = get_array_module(tokens)
    if messages.is_log:
        pairs = left[:, :, None] + messages.transitions + messages.gamma[tokens][:, None]
        return (xp.exp(pairs) * mask).sum(axis=1)
    return (left @ (messages.transitions * mask)) * messages.gamma[tokens]
