"""Candidates for mentions in two parts, around a mention in one part: its words shared with another conjunct.

    renal   and   hepatic   toxicity           [hepatic toxicity] is the anchor
    conjunct      replaced  shared             renal ... toxicity

    loss of   memory    and   speech           [loss of memory] is the anchor
    shared    replaced        conjunct         loss of ... speech

Conjuncts may be several: "renal, cardiac or hepatic toxicity".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...disjoint_tags import Parts, Segment

SEPARATORS = frozenset(
    ["and", "or", "nor", "but", "not", "as", "well", "/", ",", "&", "+", "-", "(", ")", "и", "или", "und", "oder", "et"]
)
"""Words between conjuncts, in lower case."""

JOINING = SEPARATORS - {"(", ")", "-", "not", "as", "well", "but"}
"""One of these is among the words between two conjuncts."""

CONJUNCTS, LONGEST, SHARED = 4, 3, 4
"""So many conjuncts are followed on each side, of at most so many words; the anchor shares at most so many words."""


class Candidate(NamedTuple):
    """Token spans: of the conjunct outside of the anchor, of the words it replaces, and of the words that both share.

    between: the words from the conjunct to the next one. depth: how many conjuncts stand between it and the anchor.
    """

    conjunct: Segment
    replaced: Segment
    shared: Segment
    between: tuple[str, ...]
    depth: int

    @property
    def parts(self) -> Parts:
        """The mention, in text order."""
        first, second = sorted((self.conjunct, self.shared))
        return first, second


def candidates(words: Sequence[str], anchor: Segment) -> Iterator[Candidate]:
    """Yield the candidates of an anchor. words: of the sentence, in lower case; anchor: its (first, end) among them."""
    start, end = anchor
    for i, (first, last, between) in enumerate(_conjuncts(words, start, -1)):
        for begin in range(first, last):
            for cut in range(max(start + 1, end - SHARED), end):
                yield Candidate((begin, last), (start, cut), (cut, end), between, i)
    for i, (first, last, between) in enumerate(_conjuncts(words, end, 1)):
        for stop in range(first + 1, last + 1):
            for cut in range(start + 1, min(end, start + SHARED + 1)):
                yield Candidate((first, stop), (cut, end), (start, cut), between, i)


def _conjuncts(words: Sequence[str], at: int, step: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield (first, end, words between) of the conjuncts on one side of a place: step -1 left of it, 1 right of it."""

    def word(place: int) -> str | None:
        # A place is a border between words: the word on its left for a step of -1, on its right for 1.
        place -= step < 0
        return words[place] if 0 <= place < len(words) else None

    for _ in range(CONJUNCTS):
        edge = at
        while word(edge) in SEPARATORS and abs(edge - at) < 4:
            edge += step
        between = tuple(words[min(at, edge) : max(at, edge)])
        far = edge
        while word(far) is not None and word(far) not in SEPARATORS and abs(far - edge) < LONGEST:
            far += step
        if JOINING.isdisjoint(between) or far == edge:
            return
        yield min(edge, far), max(edge, far), between
        at = far
