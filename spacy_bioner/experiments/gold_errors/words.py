"""The words of documents and of their mentions, by which strings are compared."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from ...documents.document import Document

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")

String = tuple[str, ...]

SHORT = 4
"""Words of fewer characters keep their case, so that WAS and was differ."""


class Words:
    """The words of a document, and its continuous mentions that consist of whole words.

    spans: (start, end) of each word in characters. forms: the words, in lower case except short ones. mentions: (first
    word, one past the last) by the index of the mention. inside: whether each word belongs to any mention.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        found = list(_WORD.finditer(document.text))
        self.spans = [(one.start(), one.end()) for one in found]
        self.forms = [one[0] if len(one[0]) < SHORT else one[0].lower() for one in found]
        starts, ends = [start for start, _ in self.spans], [end for _, end in self.spans]
        self.mentions: dict[int, tuple[int, int]] = {}
        self.inside = [False] * len(self.spans)
        for number, mention in enumerate(document.mentions):
            for start, end in mention.parts:
                first, last = bisect_left(starts, start), bisect_left(ends, end)
                # All words that the part touches, even partly: no string occurs freely there.
                for i in range(max(0, bisect_left(ends, start + 1)), min(len(starts), bisect_left(starts, end))):
                    self.inside[i] = True
                # Mentions that start or end inside a word cannot be compared as strings of words.
                whole = first < len(starts) and last < len(ends) and starts[first] == start and ends[last] == end
                if whole and not mention.fragments:
                    self.mentions[number] = (first, last + 1)

    @cached_property
    def labels(self) -> dict[tuple[int, int], str]:
        """The label of each mention by its (first word, one past the last)."""
        return {span: self.document.mentions[number].label for number, span in self.mentions.items()}

    def string(self, first: int, last: int) -> String:
        """Return the forms of the words from ``first`` to ``last`` - 1."""
        return tuple(self.forms[first:last])

    def characters(self, first: int, last: int) -> tuple[int, int]:
        """Return the first character of these words, and one past the last."""
        return self.spans[first][0], self.spans[last - 1][1]


def words_of(documents: Sequence[Document]) -> list[Words]:
    """Return the words of each document."""
    return [Words(document) for document in documents]
