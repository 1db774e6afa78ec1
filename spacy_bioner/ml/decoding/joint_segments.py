"""The probability that several segments of one sequence are tagged together: the fragments of a mention.

It is exact, like that of one segment (``segments``): the sum over all legal tag sequences that contain every segment of
the group with exactly these ends. The forward recursion runs from the first segment to the last; inside a segment and
at its end it is restricted to the tags of the segment, between two segments all tags are allowed:

    token      i       i + 1      ...      j
    tag       DB-X  -> no DI-X -> any  -> HB-X
              begin    leave      free    begin
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from thinc.util import get_array_module, to_numpy

from ...tags import TokenSpan
from .forward_backward import Messages
from .linear_chain import CELLS
from .segments import SegmentRules, begin, follow

_FREE, _ON, _LEAVE, _BEGIN = range(4)


def joint_probabilities(messages: Messages, rules: SegmentRules, groups: Sequence[Sequence[TokenSpan]]) -> list[float]:
    """Return the probability of each group of segments, all of one sequence and in text order.

    The segments count tokens over the whole batch; their labels are those of ``tags.split_tag``.
    """
    chunk = max(1, CELLS // messages.transitions.size)
    return [p for i in range(0, len(groups), chunk) for p in _probabilities(messages, rules, groups[i : i + chunk])]


def _probabilities(messages: Messages, rules: SegmentRules, groups: Sequence[Sequence[TokenSpan]]) -> list[float]:
    xp = get_array_module(messages.alpha)
    ends = set(to_numpy(messages.layout.ends).tolist())
    names = list(dict.fromkeys(label for group in groups for _, _, label in group))
    of_label = xp.asarray(np.array(rules.labels) == np.array(names)[:, None])
    masks = [xp.asarray(mask) for mask in (np.True_, rules.continues, ~rules.continues, rules.begins)]
    paths = [_path(group, ends) for group in groups]
    longest = max(map(len, paths))
    kinds = np.array([[*path, *[-1] * (longest - len(path))] for path in paths])  # (groups, tokens)
    starts = np.array([group[0][0] for group in groups])
    labels = {(i, start): names.index(label) for i, group in enumerate(groups) for start, _, label in group}
    first = [labels[i, start] for i, start in enumerate(starts.tolist())]
    masses = begin(messages, rules, xp.asarray(starts)) * of_label[np.array(first)]
    for t in range(1, longest):
        for kind in range(4):
            rows = np.flatnonzero(kinds[:, t] == kind)
            if not len(rows):
                continue
            tokens = starts[rows] + t
            moved = follow(messages, masses[rows], xp.asarray(tokens), masks[kind])
            if kind == _BEGIN:
                own = [labels[i, token] for i, token in zip(rows.tolist(), tokens.tolist(), strict=True)]
                moved = moved * of_label[np.array(own)]
            masses[rows] = moved
    return to_numpy(masses.sum(axis=1)).tolist()


def _path(group: Sequence[TokenSpan], ends: set[int]) -> list[int]:
    """Return the kind of step to each token, from the first segment to the token after the last, if there is one."""
    kinds: list[int] = []
    for start, end, _ in group:
        first = group[0][0]
        if len(kinds) > start - first:  # right after the segment before
            # BEGIN implies LEAVE: a tag that begins a segment does not continue the one before.
            kinds.pop()
        kinds += [_FREE] * (start - first - len(kinds))
        kinds += [_BEGIN, *[_ON] * (end - start - 1), _LEAVE]
    if group[-1][1] - 1 in ends:
        kinds.pop()
    return kinds
