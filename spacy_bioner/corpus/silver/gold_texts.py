"""Detection of gold documents in another corpus, to keep test data out of training data."""

from __future__ import annotations

from collections.abc import Iterable

from ...documents.document import Document
from ..audit.counts import MIN_WORDS, normalised
from .near_texts import NearTexts, words_of


class GoldTexts:
    """The ids, texts and sentences of gold documents.

    A document counts as gold if it has the id of a gold document (compared by the last part of a path), if its text is
    a gold document or sentence of at least 3 words, ignoring white space and case, or if it nearly repeats a gold
    sentence of at least 8 words (``near_texts``). One sentence is enough, because a corpus of sentences may have no
    more of a document.

    documents: gold documents, without ids that were generated from file names.
    similar: share of a sentence's trigrams from which on a text repeats it.
    """

    def __init__(self, documents: Iterable[Document], similar: float = 0.8) -> None:
        self.documents = 0
        self._ids: set[str] = set()
        self._same: dict[str, str] = {}
        sentences: dict[str, str] = {}
        for document in documents:
            self.documents += 1
            if document.id:
                self._ids.add(_last_part(document.id))
            sentences_here = [document.text[start:end] for start, end in document.sentence_spans()]
            for text in (document.text, *sentences_here):
                if len(words_of(text)) >= MIN_WORDS:
                    self._same.setdefault(normalised(text), text)
            for text in sentences_here:
                sentences.setdefault(normalised(text), text)
        self._near = NearTexts(sentences.values(), similar)

    def find(self, document: Document) -> tuple[str, str] | None:
        """Return the evidence that a document is gold: ``id`` or ``text``, and the id or the beginning of the text."""
        name = _last_part(document.id)
        if name and name in self._ids:
            return "id", name
        same = self._same.get(normalised(document.text))
        if same is not None:
            return "text", _beginning(same)
        near = self._near.find(document.text)
        return ("text", _beginning(self._near.texts[near[0]])) if near else None


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]


def _beginning(text: str) -> str:
    return " ".join(text.split())[:100]
