"""Scores of tags for the tokens of documents, each word's share computed once.

The score of a tag at a token is a sum over features. So the features that a word has at an offset have one sum, and
those of a pair of words another; these are kept, and a token costs a few additions in place of fifty look-ups of
strings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.strings import StringStore
from spacy.tokens import Doc

from .crfsuite_reader import CrfModel
from .features.feature_set import Edge, FeatureSet, Word

_KEPT_WORDS = 50_000
_KEPT_PAIRS = 200_000
_EDGES = {0: Edge.BEFORE, 2**64 - 1: Edge.AFTER}
"""In place of the hash of a word: no word has the first, and the second is one of 10**19."""


_ROWS = 2**32
"""More than there are rows of words: a pair of words goes by one number."""


class Emissions:
    """Scores tags under one model; keeps the sums of some 50,000 words and 200,000 pairs of words."""

    def __init__(self, features: FeatureSet, model: CrfModel, strings: StringStore) -> None:
        self.features = features
        self.model = model
        self.strings = strings
        self.words = _Sums(len(features.word_offsets), len(model.tags))
        self.pairs = _Sums(len(features.pair_offsets), len(model.tags))

    def __call__(self, docs: Sequence[Doc], lengths: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """Return the scores, (tokens of all docs, K). ``lengths``: of the sequences of each doc, in tokens."""
        if len(self.words.rows) > _KEPT_WORDS or len(self.pairs.rows) > _KEPT_PAIRS:
            self.words.clear()
            self.pairs.clear()
        keys, places = _padded(docs, np.concatenate(lengths), self.features.radius)
        words = self.words.find(keys, self._of_word)
        scores = np.zeros((len(places), len(self.model.tags)))
        for i, offset in enumerate(self.features.word_offsets):
            scores += self.words.table[words[places + offset], i]
        keys_of_rows = list(self.words.rows)
        for i, (_, (first, second)) in enumerate(self.features.pair_offsets):
            both = words[places + first] * _ROWS + words[places + second]
            pairs = self.pairs.find(both, partial(self._of_pair, keys_of_rows))
            scores += self.pairs.table[pairs, i]
        self._add_doc_features(scores, docs, lengths)
        return scores

    def _word(self, key: int) -> Word:
        return _EDGES[key] if key in _EDGES else self.strings[key]

    def _of_word(self, key: int) -> list[NDArray[np.float64]]:
        """Return what the word adds at each offset."""
        return [self.model.score(names) for names in self.features.of_word(self._word(key))]

    def _of_pair(self, keys: list[int], rows: int) -> list[NDArray[np.float64]]:
        """Return what two words add as each of the pairs; ``keys`` are those of the words by row."""
        words = [self._word(keys[row]) for row in divmod(rows, _ROWS)]
        return [self.model.score(self.features.of_pair(*pair, *words)) for pair in self.features.pair_offsets]

    def _add_doc_features(
        self, scores: NDArray[np.float64], docs: Sequence[Doc], lengths: Sequence[NDArray[np.int64]]
    ) -> None:
        """Add what depends on all of a document."""
        if not self.features.docs:
            return
        rows = iter(scores)
        for doc, of_doc in zip(docs, lengths, strict=True):
            for names, row in zip(self.features.of_all(doc, of_doc), rows, strict=False):
                if names:
                    row += self.model.score(names)


class _Sums:
    """Rows of scores by key, computed when first asked for."""

    def __init__(self, parts: int, tags: int) -> None:
        self.shape = (parts, tags)
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.rows: dict[int, int] = {}
        self.table = np.zeros((1024, *self.shape))

    def find(self, keys: NDArray[Any], compute: Callable[[int], list[NDArray[np.float64]]]) -> NDArray[np.int64]:
        """Return the row of each key; ``compute`` gives those that are new."""
        distinct, which = np.unique(keys, return_inverse=True)
        return np.array([self._row(key, compute) for key in distinct.tolist()], dtype=np.int64)[which]

    def _row(self, key: int, compute: Callable[[int], list[NDArray[np.float64]]]) -> int:
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = len(self.rows)
            if row == len(self.table):
                self.table = np.concatenate([self.table, np.zeros_like(self.table)])
            if self.shape[0]:
                self.table[row] = compute(key)
        return row


def _padded(docs: Sequence[Doc], lengths: NDArray[np.int64], radius: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the hashes of all words with ``radius`` edges on both sides of each sequence, and where the words are."""
    before, after = _EDGES
    starts = np.cumsum(lengths) - lengths
    places = np.arange(lengths.sum()) + radius * np.repeat(2 * np.arange(len(lengths)) + 1, lengths)
    keys = np.full(len(places) + 2 * radius * len(lengths), after, dtype=np.uint64)
    first = starts + 2 * radius * np.arange(len(lengths))
    keys[first[:, None] + np.arange(radius)] = before
    keys[places] = np.concatenate([doc.to_array(ORTH) for doc in docs])
    return keys, places
