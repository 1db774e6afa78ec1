"""Span algebra over plain (start, end, label) tuples; offsets may count characters or tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

from .errors import BionerError

CharSpan = tuple[int, int, str]
"""First character, one past the last character, label."""

MergePolicy = Literal["keep", "override", "replace", "longest"]


def overlaps(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Return whether two spans share a position."""
    return a[0] < b[1] and b[0] < a[1]


class Covered:
    """The positions that spans cover. An empty span covers none, and shares none.

    Finding out whether a span shares a position takes a binary search, however many spans there are.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Sequence[Any]] = ()) -> None:
        # Disjoint intervals in order, so that sorted starts mean sorted ends. (A set of positions would grow with the
        # lengths of the spans.)
        self._starts: list[int] = []
        self._ends: list[int] = []
        for span in spans:
            self.add(span)

    def shares(self, span: Sequence[Any]) -> bool:
        """Return whether a span shares a position with those added."""
        # It does if it overlaps the last interval that starts before its end:
        #
        #   covered  [0 2)   [5      9)   [11 12)
        #   new               [7       10)            the last start below 10 is 5, and its end 9 is above 7: yes
        start, end = span[0], span[1]
        place = bisect_left(self._starts, end)
        return place > 0 and self._ends[place - 1] > start and start < end

    def add(self, span: Sequence[Any]) -> None:
        """Add the positions of a span, some of which may be covered already."""
        start, end = span[0], span[1]
        if start >= end:
            return
        # The intervals that it overlaps become one with it: all from the first that ends after its start to the last
        # that starts before its end. If there are none, the two places are the same, and it goes there.
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]


def _take_free(spans: Sequence[Sequence[Any]], order: list[int]) -> list[int]:
    """Return, sorted, the indices of ``order`` whose spans overlap none taken before them; empty ones do not."""
    taken: list[int] = []
    covered = Covered()
    for i in order:
        if not covered.shares(spans[i]):
            taken.append(i)
            covered.add(spans[i])
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
