"""Span algebra over plain (start, end, label) tuples; offsets may count characters or tokens."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Literal, get_args

from .errors import BionerError

CharSpan = tuple[int, int, str]
"""First character, one past the last character, label."""

MergePolicy = Literal["keep", "override", "replace", "longest"]


def overlaps(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Return whether two spans share a position."""
    return a[0] < b[1] and b[0] < a[1]


def _take_free(spans: Sequence[Sequence[Any]], order: list[int]) -> list[int]:
    """Return, sorted, the indices of ``order`` whose spans overlap none taken before them."""
    taken: list[int] = []
    # The spans taken are disjoint, so that sorted starts mean sorted ends, and a span that overlaps any overlaps the
    # last one that starts before its end (one binary search; a set of positions would grow with the lengths):
    #
    #   taken    [0 2)   [5      9)   [11 12)
    #   new               [7       10)            the last start below 10 is 5, and its end 9 is above 7: overlap
    #
    # Empty spans overlap nothing; they are kept, but not compared with.
    starts: list[int] = []
    ends: list[int] = []
    for i in order:
        start, end = spans[i][0], spans[i][1]
        place = bisect_left(starts, end)
        if start < end and place and ends[place - 1] > start:
            continue
        taken.append(i)
        if start < end:
            starts.insert(place, start)
            ends.insert(place, end)
    return sorted(taken, key=lambda i: spans[i][0])


def leftmost_longest(spans: Sequence[Sequence[Any]]) -> list[int]:
    """Return the indices, in text order, of spans kept by reading left to right and taking the longest at each start.

    Of spans with the same offsets the first given is kept.
    """
    order = sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1], i))
    kept: list[int] = []
    last_end = 0
    for i in order:
        start, end = spans[i][0], spans[i][1]
        if not kept or start >= last_end:
            kept.append(i)
            last_end = end
    return kept


def best_first(spans: Sequence[Sequence[Any]], scores: Sequence[float]) -> list[int]:
    """Return the indices, in text order, of spans kept by taking the best score first; ties: leftmost, then longest.

    Raises B007 if the numbers of scores and spans differ, and B217 for a nan score, which has no order.
    """
    if len(spans) != len(scores):
        raise BionerError("B007", spans=len(spans), scores=len(scores))
    if any(score != score for score in scores):
        raise BionerError("B217", position=next(i for i, score in enumerate(scores) if score != score))
    order = sorted(range(len(spans)), key=lambda i: (-scores[i], spans[i][0], -spans[i][1], i))
    return _take_free(spans, order)


def longest_first(spans: Sequence[Sequence[Any]]) -> list[int]:
    """Return the indices, in text order, of spans kept by taking the longest first; ties: leftmost, then first given.

    Of nested spans the outermost is kept.
    """
    order = sorted(range(len(spans)), key=lambda i: (spans[i][0] - spans[i][1], spans[i][0], i))
    return _take_free(spans, order)


def merge(earlier: Sequence[Any], new: Sequence[Any], policy: MergePolicy) -> list[Any]:
    """Merge two flat sets of spans into one, in text order.

    policy, for overlaps: ``keep`` prefers the earlier span, ``override`` the new one, ``longest`` the longest (the
    earlier at a tie); ``replace`` drops all earlier spans. Raises B006 for another policy.
    """
    if policy == "replace":
        return sorted(new, key=lambda span: span[0])
    if policy == "longest":
        both = [*earlier, *new]
        return [both[i] for i in longest_first(both)]
    if policy == "keep":
        first, second = earlier, new
    elif policy == "override":
        first, second = new, earlier
    else:
        raise BionerError("B006", policy=policy, known=", ".join(get_args(MergePolicy)))
    both = [*first, *second]
    return [both[i] for i in _take_free(both, list(range(len(both))))]
