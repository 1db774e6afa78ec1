"""Errors with their sentences, for the report's error browser.

An error is a missed gold mention, a spurious entity, or an overlapping pair of the two: a wrong boundary, a wrong type,
or both. Each span is part of one error at most.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...documents.document import Document, Mention

KINDS = ("missed", "spurious", "wrong boundary", "wrong type", "wrong boundary and type")

_PAIRED = {(False, True): KINDS[3], (True, False): KINDS[2], (True, True): KINDS[4]}
"""(whether the spans differ, whether the labels differ) -> kind; a pair that differs in neither is not an error."""

LONGEST = 600
"""Maximum number of characters of a context; longer ones are cut to the text around their errors."""

Error = tuple[str, int, int]
"""Kind, number of the gold mention or -1, number of the entity found or -1."""

E = TypeVar("E")


@dataclass(slots=True)
class Case:
    """A sentence, or several that are joined by an entity across them, with a system's errors in it.

    start, end: its offsets in the document. gold, found: the mentions in it. errors: indices into the two.
    """

    document: str
    text: str
    start: int
    end: int
    gold: list[Mention]
    found: list[Mention]
    scores: list[float | None]
    errors: list[Error] = field(default_factory=list)
    before: bool = False
    after: bool = False


def _key(mention: Mention) -> tuple[Any, ...]:
    return mention.start, mention.end, mention.label, mention.fragments


def pair_errors(gold: Sequence[Mention], found: Sequence[Mention]) -> list[Error]:
    """Return the errors of a document: pairs with the same span, then overlapping pairs, then unpaired mentions.

    Overlapping pairs are matched greedily: those with the same label first, then by the number of shared characters.
    """
    #   gold     [----Disease----]        [-Drug-]            [-Disease-]
    #   found        [--Disease--]   [----Disease----]                        [-Drug-]
    #   errors   wrong boundary      wrong boundary and type  missed          spurious
    right = {_key(mention) for mention in gold} & {_key(mention) for mention in found}
    missed, wrong = _without(right, gold), _without(right, found)
    # Candidates of a found span: gold spans that start at most ``longest`` before it and not after its end; others
    # cannot overlap it. This keeps the search near linear in documents with many mentions.
    starts = [gold[i].start for i in missed]
    longest = max((gold[i].end - gold[i].start for i in missed), default=0)
    pairs = []
    for j in wrong:
        low = bisect_left(starts, found[j].start - longest)
        for i in missed[low : bisect_right(starts, found[j].end)]:
            a, b = gold[i].parts, found[j].parts
            shared = sum(max(0, min(one[1], other[1]) - max(one[0], other[0])) for one in a for other in b)
            if shared:
                pairs.append((a != b, gold[i].label != found[j].label, -shared, i, j))
    errors: list[Error] = []
    free_gold, free_found = set(missed), set(wrong)
    # False sorts before True: equal spans come first, then equal labels, then the most shared characters.
    for other_span, other_label, _, i, j in sorted(pairs):
        if i in free_gold and j in free_found:
            free_gold.remove(i)
            free_found.remove(j)
            errors.append((_PAIRED[other_span, other_label], i, j))
    errors += [("missed", i, -1) for i in free_gold]
    errors += [("spurious", -1, j) for j in free_found]
    return sorted(errors, key=lambda error: _span(error, gold, found))


def _without(right: set[tuple[Any, ...]], mentions: Sequence[Mention]) -> list[int]:
    """Return the indices of the mentions that are not ``right``, in text order; of repeats the first."""
    first = {key: i for i, mention in reversed(list(enumerate(mentions))) if (key := _key(mention)) not in right}
    return sorted(first.values(), key=lambda i: (mentions[i].start, mentions[i].end))


def _span(error: Error, gold: Sequence[Mention], found: Sequence[Mention]) -> tuple[int, int]:
    mentions = [mentions[i] for i, mentions in zip(error[1:], (gold, found), strict=True) if i >= 0]
    return min(mention.start for mention in mentions), max(mention.end for mention in mentions)


def cases(pairs: Iterable[tuple[Document, Document]]) -> list[Case]:
    """Return the sentences with errors, from pairs of a gold and a predicted document."""
    result: list[Case] = []
    for truth, guess in pairs:
        errors = pair_errors(truth.mentions, guess.mentions)
        if errors:
            result += _cases(truth, guess, errors)
    return result


def _cases(truth: Document, guess: Document, errors: Sequence[Error]) -> list[Case]:
    scores = [mention.score for mention in guess.mentions]
    placed = [(*_span(error, truth.mentions, guess.mentions), error) for error in errors]
    return [_case(truth, guess, scores, *group) for group in contexts(truth, guess, placed)]


def contexts(truth: Document, guess: Document, errors: Sequence[tuple[int, int, E]]) -> list[tuple[int, int, list[E]]]:
    """Return runs of sentences with the errors in them, from (start, end, error) in text order."""
    edges = (guess if guess.sentences else truth).sentence_spans()
    starts = [start for start, _ in edges]
    groups: list[tuple[int, int, list[E]]] = []
    for start, end, error in errors:
        if edges:
            first = max(0, bisect_right(starts, start) - 1)
            last = max(first, bisect_left(starts, end) - 1)
            low, high = min(start, edges[first][0]), max(end, edges[last][1])
        else:
            low, high = start, end
        if groups and low < groups[-1][1]:  # errors in the same sentences, or in overlapping ones: one context
            before = groups.pop()
            groups.append((min(before[0], low), max(before[1], high), [*before[2], error]))
        else:
            groups.append((low, high, [error]))
    return groups


def cut(start: int, end: int, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the part of a context to show: all, or of one above LONGEST that around the spans of its errors."""
    if end - start <= LONGEST:
        return start, end
    first, last = min(a for a, _ in spans), max(b for _, b in spans)
    spare = max(60, LONGEST - (last - first)) // 2
    return max(start, first - spare), min(end, last + spare)


def _case(
    truth: Document,
    guess: Document,
    scores: Sequence[float | None],
    start: int,
    end: int,
    errors: Sequence[Error],
) -> Case:
    low, high = cut(start, end, [_span(error, truth.mentions, guess.mentions) for error in errors])
    gold = [i for i, mention in enumerate(truth.mentions) if low <= mention.start and mention.end <= high]
    found = [j for j, mention in enumerate(guess.mentions) if low <= mention.start and mention.end <= high]
    return Case(
        truth.id,
        truth.text[low:high],
        low,
        high,
        [truth.mentions[i] for i in gold],
        [guess.mentions[j] for j in found],
        [scores[j] for j in found],
        [(kind, gold.index(i) if i >= 0 else -1, found.index(j) if j >= 0 else -1) for kind, i, j in errors],
        low > start,
        high < end,
    )


def thinned(items: Sequence[E], limit: int) -> list[E]:
    """Return at most ``limit`` cases, evenly spaced."""
    if len(items) <= limit:
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]
