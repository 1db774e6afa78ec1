"""The distinct words of a batch, so that layers over single words compute each word once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.tokens import Doc
from spacy.vocab import Vocab


@dataclass(frozen=True)
class Words:
    """Distinct words: ``keys`` are their hashes (ORTH, uint64), ``vocab`` knows their texts and vectors."""

    vocab: Vocab
    keys: NDArray[np.uint64]

    @classmethod
    def from_texts(cls, vocab: Vocab, texts: Sequence[str]) -> Words:
        """Return words with these texts, which are added to the vocabulary's strings."""
        return cls(vocab, np.array([vocab.strings.add(text) for text in texts], dtype=np.uint64))

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def texts(self) -> list[str]:
        """The text of each word."""
        strings = self.vocab.strings
        return [strings[key] for key in self.keys.tolist()]

    def select(self, index: NDArray[np.integer]) -> Words:
        """Return some of the words, by position."""
        return Words(self.vocab, self.keys[index])


def distinct_words(docs: Sequence[Doc]) -> tuple[Words, NDArray[np.int64]]:
    """Return the distinct words of documents and, for each token of each document in order, the number of its word.

    There is at least one document. Texts and vectors are those of the vocabulary of the first; words of documents with
    another vocabulary are added to its strings.
    """
    vocab = docs[0].vocab
    for doc in docs:
        if doc.vocab is not vocab:
            for token in doc:
                vocab.strings.add(token.text)
    keys, rows = np.unique(np.concatenate([doc.to_array(ORTH) for doc in docs]), return_inverse=True)
    return Words(vocab, keys.astype(np.uint64)), rows.astype(np.int64)
