"""Likely errors by strings: a string that is annotated in some places and not in others, or with different labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from ...text_tables import times
from .findings import Finding
from .words import String, Words

TIMES = 2
"""Minimum number of times that a string must be annotated for its other occurrences to count as missing mentions."""


def string_findings(documents: Sequence[Words]) -> Iterator[Finding]:
    """Yield the occurrences that are annotated unlike most other occurrences of the same string.

    The confidence is n / (N + 1), n of N occurrences being annotated in the other way: 9 of 9 give 0.9. Occurrences
    inside a longer mention, or across its boundary, are not counted.
    """
    labels: dict[String, Counter[str]] = defaultdict(Counter)
    for one in documents:
        for (first, last), label in one.labels.items():
            labels[one.string(first, last)][label] += 1
    free = _free(documents, labels)
    for number, one in enumerate(documents):
        for mention, (first, last) in one.mentions.items():
            string = one.string(first, last)
            own, marked, bare = one.document.mentions[mention].label, labels[string], len(free[string])
            total = marked.total() + bare
            label, often = marked.most_common(1)[0]
            if label != own and often > marked[own]:
                place = (*one.characters(first, last), label)
                reason = f"'{_text(one, first, last)}' is {label} {times(often)}, {own} {times(marked[own])}"
                yield Finding(number, "label", mention, place, often / (marked.total() + 1), reason)
            if bare > marked.total():
                reason = f"'{_text(one, first, last)}' is not a mention in {bare} of {total} places"
                yield Finding(number, "spurious", mention, None, bare / (total + 1), reason)
    for string, places in free.items():
        label, often = labels[string].most_common(1)[0]
        total = labels[string].total() + len(places)
        for number, first in places if often >= TIMES else ():
            one, last = documents[number], first + len(string)
            reason = f"'{_text(one, first, last)}' is {label} in {often} of {total} places"
            place = (*one.characters(first, last), label)
            yield Finding(number, "missing", -1, place, often / (total + 1), reason)


def _free(documents: Sequence[Words], labels: dict[String, Counter[str]]) -> dict[String, list[tuple[int, int]]]:
    """Return the occurrences of each string that touch no mention, as (index of the document, first word)."""
    # Lengths by first word: at each word only strings that start with it have to be tried.
    lengths: dict[str, set[int]] = defaultdict(set)
    for string in labels:
        lengths[string[0]].add(len(string))
    free: dict[String, list[tuple[int, int]]] = {string: [] for string in labels}
    for number, one in enumerate(documents):
        end = 0
        for first, form in enumerate(one.forms):
            if first < end:  # inside a longer string that was found
                continue
            # The longest string is taken, and nothing inside it: "breast cancer" is not an occurrence of "cancer".
            for length in sorted(lengths.get(form, ()), reverse=True):
                string = one.string(first, first + length)
                if string in free and not any(one.inside[first : first + length]):
                    free[string].append((number, first))
                    end = first + length
                    break
    return free


def _text(one: Words, first: int, last: int) -> str:
    start, end = one.characters(first, last)
    return " ".join(one.document.text[start:end].split())
