"""Filters for mentions that annotators of gold corpora do not mark: by a list, or learned from gold annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ...errors import BionerError
from ...formats.document import Document
from ...formats.problems import ProblemLog
from ...formats.text_io import read_lines
from ...normalise import Normaliser
from .near_texts import WORD


def read_terms(path: Path, report: ProblemLog) -> list[str]:
    """Return the terms of a list, one a line; empty lines and what follows ``#`` are left out. Raises B101 and B233."""
    lines = (line.partition("#")[0].strip() for _, line in read_lines(path, report) if line)
    terms = [line for line in lines if line]
    if not terms:
        raise BionerError("B233", path=path)
    return terms


def listed(terms: Iterable[str]) -> Callable[[str], bool]:
    """Return a predicate for mentions on a list: compared word by word, ignoring number (plural) and case."""
    normaliser = Normaliser(("plural", "case"))

    def key(text: str) -> tuple[str, ...]:
        return tuple(map(normaliser.word, WORD.findall(text)))

    keys = set(map(key, terms))
    return lambda said: key(said) in keys


def unmarked(documents: Iterable[Document], times: int = 3) -> Callable[[str], bool]:
    """Return a predicate for mentions whose words occur ``times`` times in gold documents and never in a mention.

    documents: annotated training documents, never test documents. Words are case-sensitive runs of letters and digits
    ("CORD" is a gene, "cord" is not); a word is marked if it is part of a mention with any label.
    Raises B234 for times below 1.
    """
    if times < 1:
        raise BionerError("B234", times=times)
    met = _Met(documents)
    known: dict[str, bool] = {}

    def is_unmarked(said: str) -> bool:
        if said not in known:
            found = met.find(WORD.findall(said))
            known[said] = len(found) >= times and not any(found)
        return known[said]

    return is_unmarked


class _Met:
    """The words of annotated documents, and which of them are marked."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.words: list[str] = []
        self.marks = bytearray()
        # All texts as one sequence of words with a mark each:  "a TP53 mutation" -> a:0 TP53:1 mutation:0
        # Text up to a mention is unmarked; ``at`` is where the text is read up to, as mentions may overlap.
        for document in documents:
            text, at = document.text, 0
            for start, end in sorted(pair for m in document.mentions for pair in m.parts):
                self._add(text[at:start], 0)
                self._add(text[max(at, start) : end], 1)
                at = max(at, end)
            self._add(text[at:], 0)
            self.words.append("")  # no match crosses into the next document
            self.marks.append(0)
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word, []).append(place)

    def _add(self, text: str, mark: int) -> None:
        words = WORD.findall(text)
        self.words += words
        self.marks += bytes([mark]) * len(words)

    def find(self, words: list[str]) -> list[bool]:
        """Return, for each occurrence of this word sequence, whether any of its words is marked."""
        if not words or not all(word in self.places for word in words):
            return []
        # Every occurrence contains the rarest word, so that only its places have to be compared with the sequence.
        number, rarest = min(enumerate(words), key=lambda pair: len(self.places[pair[1]]))
        starts = (place - number for place in self.places[rarest])
        return [
            any(self.marks[start : start + len(words)])
            for start in starts
            if start >= 0 and self.words[start : start + len(words)] == words
        ]
