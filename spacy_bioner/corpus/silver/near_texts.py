"""Near-duplicate search: which texts of an index another text repeats, exactly or nearly.

Texts are compared by their words, runs of letters and digits in lower case; spacing, punctuation and tokenization are
ignored. One text contains another if it has at least a given share of the other's distinct word trigrams: the
containment of Broder 1997 ("On the resemblance and containment of documents", section 2, whose shingles have any number
of words). Thus a full article contains a sentence of its abstract, and a sentence with one changed word contains the
original: of 20 distinct words, one changed word leaves 15 of 18 trigrams (0.83), two changed words that are apart leave
12 (0.67). A text repeats another if either contains the other.

The index is an inverted list of trigram hashes, sorted, in flat arrays. A query looks up its own trigrams by binary
search and counts the hits of each text, so that the time depends on the hits and not on the number of texts:

    texts         0: a b c d      1: b c d e
    _keys         abc     bcd     cde          distinct trigrams (64-bit hashes)
    _bounds       0       1       3        4   where the texts of each key begin in _owners
    _owners       0       0   1   1            texts that have the trigram
    query b c d   bcd -> _owners[1:3] -> one hit for text 0, one for text 1; _needed says how many are enough
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ...errors import BionerError

RUN = 3
"""Words per run: trigrams."""

WORD = re.compile(r"[^\W_]+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class NearTexts:
    """An index of texts, without texts of fewer than ``min_words`` words, which repeat by chance.

    similar: minimum share of one text's trigrams that the other must have, above 0, up to 1 (B230).
    texts: the texts of the index. short: number of texts left out.

    Trigrams are compared by 64-bit hashes; two different ones collide with a probability of about 10^-19.
    """

    def __init__(self, texts: Iterable[str], similar: float = 0.8, min_words: int = 8) -> None:
        if not 0 < similar <= 1:
            raise BionerError("B230", similar=similar)
        self.similar = similar
        self.min_words = max(min_words, RUN)
        self.texts: list[str] = []
        self.short = 0
        self._numbers: dict[str, int] = {}
        self._longest = 0
        runs: list[NDArray[np.uint64]] = []
        for text in texts:
            words = words_of(text)
            if len(words) < self.min_words:
                self.short += 1
                continue
            for word in words:
                self._numbers.setdefault(word, len(self._numbers) + 1)
            self._longest = max(self._longest, len(words))
            self.texts.append(text)
            runs.append(self._runs(words))
        sizes = np.fromiter(map(len, runs), dtype=np.int64, count=len(runs))
        self._needed = np.array([self._enough(size) for size in sizes.tolist()], dtype=np.int64)
        # The inverted list: all trigrams of all texts, sorted, with the text of each beside them. The stable sort keeps
        # the texts of one trigram in their order.
        every = np.concatenate(runs) if runs else np.zeros(0, np.uint64)
        order = np.argsort(every, kind="stable")
        self._keys, starts = np.unique(every[order], return_index=True)
        self._owners = np.repeat(np.arange(len(runs)), sizes)[order]
        self._bounds = np.append(starts, len(every))

    def __len__(self) -> int:
        return len(self.texts)

    def find(self, text: str) -> list[int]:
        """Return the indices, in ``texts``, of the texts that a text repeats."""
        words = words_of(text)
        runs = self._runs(words)
        if len(words) < self.min_words or not len(runs) or not len(self._keys):
            return []
        # searchsorted may return len(_keys); the comparison below drops trigrams that are not in the index.
        places = np.minimum(np.searchsorted(self._keys, runs), len(self._keys) - 1)
        places = places[self._keys[places] == runs]
        first, last = self._bounds[places], self._bounds[places + 1]
        sizes = last - first
        # All slices _owners[first:last] in one gather: `within` is the position of each element in its own slice.
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        found, counts = np.unique(self._owners[np.repeat(first, sizes) + within], return_counts=True)
        needed = self._needed[found]  # the query contains the text of the index
        if len(words) <= self._longest:  # the text may also contain the query; a longer query cannot be contained
            needed = np.minimum(needed, self._enough(len(set(zip(words, words[1:], words[2:], strict=False)))))
        return found[counts >= needed].tolist()

    def _enough(self, runs: int) -> int:
        return ceil(self.similar * runs - 1e-9)  # 0.55 * 100 is 55.00000000000001, but 55 are enough

    def _runs(self, words: list[str]) -> NDArray[np.uint64]:
        """Return the sorted hashes of the distinct trigrams; trigrams with a word outside the index cannot match."""
        numbers = np.fromiter((self._numbers.get(word, 0) for word in words), dtype=np.uint64, count=len(words))
        parts = [numbers[i : max(0, len(numbers) - RUN + 1) + i] for i in range(RUN)]
        known = np.logical_and.reduce([part > 0 for part in parts])
        # The hash of w1 w2 w3 is mixed(mixed(mixed(w1) + w2) + w3), of all trigrams at once.
        runs = np.zeros(int(known.sum()), np.uint64)
        for part in parts:
            runs = _mixed(runs + part[known])
        return np.unique(runs)


def words_of(text: str) -> list[str]:
    """Return the words by which texts are compared: runs of letters and digits, in lower case."""
    return WORD.findall(text.lower())


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the bits of 64-bit numbers, one to one, so that a trigram's hash depends on its words and their order."""
    numbers = numbers * _MULTIPLIER
    return (numbers ^ (numbers >> np.uint64(32))) * _MULTIPLIER
