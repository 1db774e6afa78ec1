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
    # The spans taken are apart, so that in the order of their starts their ends are in order too: a span that overlaps
    # any of them overlaps the last that starts before it ends. Not a set of positions: its time grows with the lengths.
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

    Raises B007 for another number of scores than of spans and B217 for a score that is no number: it would put the
    others in no order at all.
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


def merge(earlier: Sequence[Any], ours: Sequence[Any], policy: MergePolicy) -> list[Any]:
    """Join two flat sets of spans into one, in text order.

    keep: an earlier span wins over any of ours that overlaps it. override: ours win. replace: the earlier go.
    longest: the longest wins, the earlier at a tie. Raises B006 for another policy.
    """
    if policy == "replace":
        return sorted(ours, key=lambda span: span[0])
    if policy == "longest":
        both = [*earlier, *ours]
        return [both[i] for i in longest_first(both)]
    if policy == "keep":
        first, second = earlier, ours
    elif policy == "override":
        first, second = ours, earlier
    else:
        raise BionerError("B006", policy=policy, known=", ".join(get_args(MergePolicy)))
    both = [*first, *second]
    return [both[i] for i in _take_free(both, list(range(len(both))))]
