"""Filters for mentions that gold annotators would not mark: by a list of terms, or learned from gold documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ...documents.document import Document
from ...errors import BionerError
from ...formats.problems import ProblemLog
from ...formats.text_io import read_lines
from ...normalise import Normaliser
from .near_texts import WORD


def read_terms(path: Path, report: ProblemLog) -> list[str]:
    """Return the terms of a file, one per line, without empty lines and what follows a ``#``.

    Raises B101 for a file that cannot be read, B233 for one without terms.
    """
    lines = (line.partition("#")[0].strip() for _, line in read_lines(path, report) if line)
    terms = [line for line in lines if line]
    if not terms:
        raise BionerError("B233", path=path)
    return terms


def listed(terms: Iterable[str]) -> Callable[[str], bool]:
    """Return a predicate for mention texts on a list; words are compared without case and plural endings."""
    normaliser = Normaliser(("plural", "case"))

    def key(text: str) -> tuple[str, ...]:
        return tuple(map(normaliser.word, WORD.findall(text)))

    keys = set(map(key, terms))
    return lambda text: key(text) in keys


def unmarked(documents: Iterable[Document], times: int = 3) -> Callable[[str], bool]:
    """Return a predicate for mentions whose words occur ``times`` times in gold documents and never in a mention.

    documents: annotated training documents, never test documents. Words are case-sensitive runs of letters and digits
    ("CORD" is a gene, "cord" is not); a word is marked if it is part of a mention with any label.
    Raises B234 for times below 1.
    """
    if times < 1:
        raise BionerError("B234", times=times)
    marked_words = _MarkedWords(documents)
    known: dict[str, bool] = {}

    def is_unmarked(text: str) -> bool:
        if text not in known:
            found = marked_words.find(WORD.findall(text))
            known[text] = len(found) >= times and not any(found)
        return known[text]

    return is_unmarked


class _MarkedWords:
    """The words of annotated documents, and which of them are marked."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.words: list[str] = []
        self.marks = bytearray()
        # All texts are one sequence of words, each with a mark:  "a TP53 mutation" -> a:0 TP53:1 mutation:0
        # ``at`` is the end of the text read so far: mentions may overlap, and no word may be added twice.
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
