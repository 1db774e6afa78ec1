"""Candidates for mentions in two parts: another conjunct, and words that it shares with a mention in one part.

    renal   and   hepatic   toxicity           [hepatic toxicity] is the anchor
    conjunct      replaced  shared             renal ... toxicity

    loss of   memory    and   speech           [loss of memory] is the anchor
    shared    replaced        conjunct         loss of ... speech

    hepatic   or    hematologic   toxicity     [toxicity] is the anchor, where a recogniser found no more of it:
    conjunct        replaced      shared       its own conjunct is the words from the separator on

There may be several conjuncts: "renal, cardiac or hepatic toxicity".
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
"""At least one of these is among the words between two conjuncts."""

CONJUNCTS, LONGEST, SHARED = 4, 3, 4
"""Limits: conjuncts on each side, words of a conjunct, words that the anchor shares."""


class Candidate(NamedTuple):
    """Token spans: the conjunct outside the anchor, the words that it replaces, and the words that both share.

    between: the words from the conjunct to the next one. depth: the number of conjuncts between it and the anchor.
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
    """Yield the candidates of an anchor, given by its (first, end). words: of the sentence, in lower case."""
    start, end = anchor
    own = _own_conjunct(words, start)
    for left, cuts in ((start, range(max(start + 1, end - SHARED), end)), (own, range(start, start + (own < start)))):
        for i, (first, last, between) in enumerate(_conjuncts(words, left, -1)):
            for begin in range(first, last):
                for cut in cuts:
                    yield Candidate((begin, last), (left, cut), (cut, end), between, i)
    for i, (first, last, between) in enumerate(_conjuncts(words, end, 1)):
        for stop in range(first + 1, last + 1):
            for cut in range(start + 1, min(end, start + SHARED + 1)):
                yield Candidate((first, stop), (cut, end), (start, cut), between, i)


def _own_conjunct(words: Sequence[str], start: int) -> int:
    """Return where the words before an anchor, back to a separator, begin; ``start`` if there are none or too many."""
    first = start
    while first > 0 and start - first < LONGEST and words[first - 1] not in SEPARATORS:
        first -= 1
    return first if first > 0 and words[first - 1] in SEPARATORS else start


def _conjuncts(words: Sequence[str], at: int, step: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield (first, end, words between) of the conjuncts on one side of a place: step -1 left of it, 1 right of it."""

    def word(place: int) -> str | None:
        # A place lies between two words; a step of -1 reads the word on its left, 1 the word on its right.
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
