"""Nearest names by character trigrams: cosine of TF-IDF vectors, for a million names in bounded memory.

The method of scispaCy (Neumann et al. 2019, section 4.2), with an inverted index in place of approximate neighbours:
each trigram has the list of the names that contain it, a row of a sparse matrix. For a query, only the lists of its
rarest trigrams are added up, as those of frequent ones are long and carry little information; the best names are then
scored by all trigrams.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dictionary.strings import Strings

_BLOCK = 1 << 17
"""Names whose scores are held at once."""
_QUERIES = 64
"""Queries in one batch: their scores for a block take at most 64 MB."""
_CHUNK = 100_000
_RARE_SHARE = 0.6
"""The rarest trigrams of a query that make up this share of its squared length choose its best names."""
_MORE = 3
"""This many times more names than requested are scored by all trigrams."""


class NgramIndex:
    """The trigrams of some texts, weighted by TF-IDF.

    texts: kept, not copied.

    Weights are float32, row numbers int32: a million texts of 25 characters take some 200 MB.
    """

    def __init__(self, texts: Sequence[str] | Strings) -> None:
        from scipy.sparse import csr_matrix, vstack
        from sklearn.feature_extraction.text import TfidfTransformer

        self._texts = texts
        chunks = (range(first, min(first + _CHUNK, len(texts))) for first in range(0, len(texts), _CHUNK))
        parts = [_count([texts[i] for i in chunk]) for chunk in chunks]
        self._codes: Any = np.unique(np.concatenate([np.unique(codes) for _, codes, _ in parts])) if parts else _NONE
        counts = [self._matrix(parts.pop(0)) for _ in range(len(parts))] or [csr_matrix((0, 0), dtype=np.float32)]
        self._weights = TfidfTransformer(sublinear_tf=True)
        if not len(self._codes):
            self._lists: list[Any] = []
            return
        # Each form is dropped as soon as the next is made, so that at most two copies of the matrix are in memory.
        vectors = vstack(counts, format="csr")
        del counts
        vectors = self._weights.fit(vectors).transform(vectors, copy=False)
        self._lists = [vectors[first : first + _BLOCK].T.tocsr() for first in range(0, len(texts), _BLOCK)]

    def _matrix(self, part: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Any:
        """Return the counts of known trigrams, one row per text."""
        from scipy.sparse import csr_matrix

        ends, codes, counts = part
        columns = np.searchsorted(self._codes, codes)
        known = self._codes[np.minimum(columns, len(self._codes) - 1)] == codes
        kept = np.concatenate([[0], np.cumsum(known)])[ends]
        content = (counts[known].astype(np.float32), columns[known].astype(np.int32), kept.astype(np.int32))
        return csr_matrix(content, shape=(len(ends) - 1, len(self._codes)))

    def nearest(
        self, texts: Sequence[str], k: int, allowed: Sequence[np.ndarray | None]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the numbers of the (at most) k nearest texts of each query, and their cosines, best first.

        allowed: for each query, which texts may be found (truth values by number), or None for all.
        """
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for first in range(0, len(texts), _QUERIES):
            found += self._nearest(texts[first : first + _QUERIES], k, allowed[first : first + _QUERIES])
        return found

    def _nearest(
        self, texts: Sequence[str], k: int, allowed: Sequence[np.ndarray | None]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        if not self._lists:
            return [(_NONE, np.empty(0, dtype=np.float32)) for _ in texts]
        queries = self._weights.transform(self._matrix(_count(texts)), copy=False)
        rare = _rarest(queries)
        rows: list[list[np.ndarray]] = [[] for _ in texts]
        scores: list[list[np.ndarray]] = [[] for _ in texts]
        for number, lists in enumerate(self._lists):
            # Each row of `lists` is the list of a trigram: the sparse product adds up the lists of the query's
            # trigrams.
            product = rare @ lists
            for i, mask in enumerate(allowed):
                part = slice(product.indptr[i], product.indptr[i + 1])
                names, values = product.indices[part] + number * _BLOCK, product.data[part]
                if mask is not None:
                    names, values = names[mask[names]], values[mask[names]]
                best = _best(values, _MORE * k)
                rows[i].append(names[best])
                scores[i].append(values[best])
        chosen = []
        for names_found, values_found in zip(rows, scores, strict=True):
            names, values = np.concatenate(names_found), np.concatenate(values_found)
            chosen.append(names[_best(values, _MORE * k)])
        return self._rescored(queries, chosen, k)

    def _rescored(self, queries: Any, chosen: list[np.ndarray], k: int) -> list[tuple[np.ndarray, np.ndarray]]:
        together = np.unique(np.concatenate(chosen))
        if not len(together):
            return [(_NONE, np.empty(0, dtype=np.float32)) for _ in chosen]
        names = self._weights.transform(self._matrix(_count([self._texts[i] for i in together.tolist()])), copy=False)
        result = []
        for i, numbers in enumerate(chosen):
            cosines = (names[np.searchsorted(together, numbers)] @ queries[i].T).toarray().ravel()
            order = np.lexsort((numbers, -cosines))[:k]
            result.append((numbers[order], cosines[order]))
        return result


_NONE = np.empty(0, dtype=np.int32)


def _best(values: np.ndarray, k: int) -> Any:
    """Return the indices of the k highest values, in any order."""
    return slice(None) if len(values) <= k else np.argpartition(values, -k)[-k:]


def _rarest(queries: Any) -> Any:
    """Return the queries with their heaviest trigrams alone, up to ``_RARE_SHARE`` of the squared length."""
    rare = queries.copy()
    for i in range(rare.shape[0]):
        part = slice(rare.indptr[i], rare.indptr[i + 1])
        squares = rare.data[part] ** 2
        order = np.argsort(-squares, kind="stable")
        before = np.cumsum(squares[order]) - squares[order]
        rare.data[part][order[before >= _RARE_SHARE]] = 0
    rare.eliminate_zeros()
    return rare


def _count(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where each text's trigrams start (and the last end), the distinct ones as numbers, and their counts.

    Trigrams are of bytes of UTF-8; a text has a space before and after it.
    """
    data = [f" {text} ".encode("utf-8", "surrogatepass").replace(b"\0", b" ") for text in texts]
    buffer = np.frombuffer(b"\0".join(data) + b"\0\0\0", dtype=np.uint8).astype(np.int64)
    # Three bytes are one number below 2^24. A zero byte separates texts; trigrams that contain one are dropped.
    codes = buffer[:-2] << 16 | buffer[1:-1] << 8 | buffer[2:]
    whole = (buffer[:-2] > 0) & (buffer[1:-1] > 0) & (buffer[2:] > 0)
    row = np.repeat(np.arange(len(data)), [len(text) + 1 for text in data])
    row = np.concatenate([row, np.full(len(codes) - len(row), len(data))])
    # Text and trigram in one number, so that one sort counts the trigrams of all texts.
    pairs, counts = np.unique(row[whole] << 24 | codes[whole], return_counts=True)
    ends = np.searchsorted(pairs, np.arange(len(data) + 1) << 24)
    return ends, (pairs & 0xFFFFFF).astype(np.int32), counts.astype(np.int32)
