"""Emission scores of the tokens of documents, with the contribution of each distinct word cached.

The score of a tag at a token is a sum over its features. The partial sum over the features of a word at an offset
depends on the word alone, that over the features of a word pair on the pair. Both are cached: a token costs a few
additions in place of fifty look-ups of strings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.strings import StringStore
from spacy.tokens import Doc

from ...ml.row_table import RowTable
from .crfsuite_reader import CrfModel
from .features.feature_set import Edge, FeatureSet, Word
from .layered_model import LayeredModel

_KEPT_WORDS = 50_000
_KEPT_PAIRS = 200_000
_KEPT_BYTES = 1 << 28
"""Of the words, and as many of the pairs. With 127 labels they are the sums of 13,000 words and 33,000 pairs."""

_EDGES = {0: Edge.BEFORE, 2**64 - 1: Edge.AFTER}
"""Stand-ins for the hash of a word: no word has the hash 0, and one in 10**19 has the other."""

_ROWS = 2**32
"""Above the number of rows of words, so that a pair of rows (a, b) can be one key, a * _ROWS + b."""


class _Kept(NamedTuple):
    """The cache: the sums (parts, K) of words by their hash, and of word pairs by the rows of both words."""

    words: RowTable
    pairs: RowTable


class Emissions:
    """Computes emission scores under one model; caches the sums of up to about 50,000 words and 200,000 word pairs.

    With many tags, of as many as fit into 512 MiB. A call goes over these bounds by its own words and pairs at most.
    Safe to share between threads, and between vocabularies, as a word has the same hash in all of them.
    """

    def __init__(self, features: FeatureSet, model: CrfModel | LayeredModel) -> None:
        self.features = features
        self.model = model
        self.kept = self._empty()

    def _most(self) -> tuple[int, int]:
        """Return how many words and how many pairs the cache keeps."""
        of_part = 8 * len(self.model.tags)  # bytes
        words, pairs = (of_part * max(1, len(of)) for of in (self.features.word_offsets, self.features.pair_offsets))
        return min(_KEPT_WORDS, _KEPT_BYTES // words), min(_KEPT_PAIRS, _KEPT_BYTES // pairs)

    def _empty(self) -> _Kept:
        return _Kept(*map(RowTable, self._most()))

    def __call__(self, docs: Sequence[Doc], lengths: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """Return the scores, (tokens of all docs, K). ``lengths``: of the sequences of each doc, in tokens.

        The documents share one vocabulary.
        """
        # One cache for the whole call, even if another thread replaces it: pairs are keyed by the rows of words.
        kept = self.kept
        most_words, most_pairs = self._most()
        if len(kept.words) > most_words or len(kept.pairs) > most_pairs:
            kept = self.kept = self._empty()
        strings = docs[0].vocab.strings
        keys, places = _padded(docs, np.concatenate(lengths), self.features.radius)
        words = _rows(kept.words, keys, lambda key: self._of_word(_word(key, strings)))
        scores = np.zeros((len(places), len(self.model.tags)))
        if not len(places):
            return scores
        for i, offset in enumerate(self.features.word_offsets):
            scores += kept.words.table[words[places + offset], i]
        for i, (_, (first, second)) in enumerate(self.features.pair_offsets):
            both = words[places + first] * _ROWS + words[places + second]
            pairs = _rows(kept.pairs, both, lambda pair: self._of_pair(kept.words.keys, pair, strings))
            scores += kept.pairs.table[pairs, i]
        self._add_doc_features(scores, docs, lengths)
        return scores

    def _of_word(self, word: Word) -> list[NDArray[np.float64]]:
        """Return the sums of a word at each offset."""
        return [self.model.score(names) for names in self.features.of_word(word)]

    def _of_pair(self, keys: Sequence[int], rows: int, strings: StringStore) -> list[NDArray[np.float64]]:
        """Return the sums of two words for each of the pairs; ``keys`` are the words' keys by row."""
        words = [_word(keys[row], strings) for row in divmod(rows, _ROWS)]
        return [self.model.score(self.features.of_pair(*pair, *words)) for pair in self.features.pair_offsets]

    def _add_doc_features(
        self, scores: NDArray[np.float64], docs: Sequence[Doc], lengths: Sequence[NDArray[np.int64]]
    ) -> None:
        """Add the scores of the features that depend on the whole document."""
        if not self.features.docs:
            return
        rows = iter(scores)
        for doc, of_doc in zip(docs, lengths, strict=True):
            # The features stand first in zip, which then ends without taking a row of the next document.
            for names, row in zip(self.features.of_all(doc, of_doc), rows, strict=False):
                if names:
                    row += self.model.score(names)


def _word(key: int, strings: StringStore) -> Word:
    return _EDGES[key] if key in _EDGES else strings[key]


def _rows(kept: RowTable, keys: NDArray[Any], compute: Callable[[int], list[NDArray[np.float64]]]) -> NDArray[np.int64]:
    """Return the row of each key; ``compute`` gives the sums of one that is new.

    All new rows are computed before the first is stored, so that an exception leaves the cache consistent.
    """
    distinct, which = np.unique(keys, return_inverse=True)
    new = distinct[kept.find(distinct) < 0]
    if len(new):
        kept.add(new, np.array([compute(key) for key in new.tolist()]))
    return kept.find(distinct)[which]


def _padded(docs: Sequence[Doc], lengths: NDArray[np.int64], radius: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the hashes of all words with ``radius`` edges on both sides of each sequence, and where the words are."""
    # radius = 2, sequences "abc" and "d"      keys     < < a b c > > < < d > >      places   2 3 4 9
    before, after = _EDGES
    starts = np.cumsum(lengths) - lengths
    places = np.arange(lengths.sum()) + radius * np.repeat(2 * np.arange(len(lengths)) + 1, lengths)
    keys = np.full(len(places) + 2 * radius * len(lengths), after, dtype=np.uint64)
    first = starts + 2 * radius * np.arange(len(lengths))
    keys[first[:, None] + np.arange(radius)] = before
    keys[places] = np.concatenate([doc.to_array(ORTH) for doc in docs])
    return keys, places
