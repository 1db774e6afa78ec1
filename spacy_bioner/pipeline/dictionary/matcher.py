"""Finds every run of words that spells a key, by hashes (Karp & Rabin 1987), many words at a time in numpy.

Only runs of whole words are looked at. The hash of a text of characters c_0 ... c_n-1 is the sum of (c_i + 1) * B^i
modulo 2^64, so that of a run follows from its words': hash(uv) = hash(u) + B^len(u) * hash(v). A run is made longer,
word by word, for as long as its hash is one of a prefix of a key. That is asked of a bit table (Bloom 1970), which may
say yes too often, never too seldom; in the end a match is compared with its key character by character.

An Aho-Corasick automaton over characters also visits every key that begins or ends within a word, and a million terms
make it a gigabyte of scattered nodes. ``benchmarks/dictionary.py`` measures both.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

BREAK = "\n"
"""A word that is part of no key, to be put between texts."""

_MULTIPLIER = 0x9E3779B97F4A7C15
# Two ways to spread hashes over the bit table: one for prefixes of keys, one for whole keys.
_PREFIX, _WHOLE = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)
_BITS_PER_HASH = 4
_CHUNK = 50_000


class Strings:
    """An immutable list of strings in one buffer."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._data = "".join(strings).encode("utf-8", "surrogatepass")
        lengths: Iterable[int] = map(len, strings)
        if not self._data.isascii():
            lengths = (len(string.encode("utf-8", "surrogatepass")) for string in strings)
        self._ends = array("Q", accumulate(lengths))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, i: int) -> str:
        start = self._ends[i - 1] if i else 0
        return self._data[start : self._ends[i]].decode("utf-8", "surrogatepass")


class _BitTable:
    """A set of hashes that may hold more than was added."""

    def __init__(self, hashes: int) -> None:
        bits = max(10, (hashes * _BITS_PER_HASH - 1).bit_length())
        self._shift = np.uint64(64 - bits)
        self._type = np.uint32 if bits <= 32 else np.uint64
        self._bytes = np.zeros(1 << (bits - 3), dtype=np.uint8)

    def _places(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[Any]:
        return ((hashes * spread) >> self._shift).astype(self._type)

    def add(self, hashes: NDArray[np.uint64], spread: np.uint64) -> None:
        places = self._places(hashes, spread)
        places.sort()  # so that memory is written in order, which takes a quarter of the time
        np.bitwise_or.at(self._bytes, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))

    def has(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[np.bool_]:
        places = self._places(hashes, spread)
        return ((self._bytes[places >> 3] >> (places & 7)) & 1).astype(bool)


class KeyMatcher:
    """Matches words against distinct, non-empty keys.

    multiplier: the odd base B; a bad choice makes it slow, never wrong.
    """

    def __init__(self, keys: Sequence[str], multiplier: int = _MULTIPLIER) -> None:
        self._keys = Strings(keys)
        lengths = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
        self._longest = int(lengths.max(initial=0))
        powers = np.full(self._longest + 1, multiplier, dtype=np.uint64)
        powers[0] = 1
        self._powers = np.multiply.accumulate(powers)
        self._table = _BitTable(int(lengths.sum()) + len(keys))
        hashes = np.zeros(len(keys), dtype=np.uint64)
        for i in range(0, len(keys), _CHUNK):
            prefixes, ends = self._prefix_hashes(keys[i : i + _CHUNK])
            self._table.add(prefixes, _PREFIX)
            hashes[i : i + _CHUNK] = prefixes[ends - 1]
        self._table.add(hashes, _WHOLE)
        self._order = np.argsort(hashes, kind="stable").astype(np.int32)
        self._hashes = hashes[self._order]

    def __len__(self) -> int:
        return len(self._keys)

    def _prefix_hashes(self, strings: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the hashes of all non-empty prefixes of strings that are none of them empty, and where each ends."""
        text = "".join(strings).encode("utf-32-le", "surrogatepass")
        lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
        ends = np.cumsum(lengths)
        starts = ends - lengths
        terms = np.frombuffer(text, dtype=np.uint32).astype(np.uint64) + np.uint64(1)
        terms *= self._powers[np.arange(len(terms)) - np.repeat(starts, lengths)]
        sums = np.cumsum(terms, dtype=np.uint64)
        before = sums[starts] - terms[starts]
        return sums - np.repeat(before, lengths), ends

    def find(self, forms: Sequence[str], words: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        """Return (first word, one past the last, key number) of every run of words that spells a key.

        forms: distinct words; they may be empty, and no run begins or ends with such. words: indices into them.
        """
        lengths = np.fromiter(map(len, forms), dtype=np.int64, count=len(forms))
        usable = (lengths > 0) & (lengths <= self._longest)
        if not usable.any():
            return []
        hashes = np.zeros(len(forms), dtype=np.uint64)
        prefixes, ends = self._prefix_hashes([forms[i] for i in np.flatnonzero(usable).tolist()])
        hashes[usable] = prefixes[ends - 1]
        opens = usable & self._table.has(hashes, _PREFIX)
        spells = self._table.has(hashes, _WHOLE)

        filled = np.flatnonzero(lengths[words])
        sequence = words[filled]
        first = last = np.flatnonzero(opens[sequence])
        length, total = lengths[sequence[first]], hashes[sequence[first]]
        spelt = spells[sequence[first]]
        runs = []
        while len(first):
            runs.append((first[spelt], last[spelt], total[spelt]))
            more = last + 1 < len(sequence)
            first, last, length, total = first[more], last[more] + 1, length[more], total[more]
            added = sequence[last]
            total += self._powers[length] * hashes[added]
            length += lengths[added]
            alive = (length <= self._longest) & self._table.has(total, _PREFIX)
            first, last, length, total = first[alive], last[alive], length[alive], total[alive]
            spelt = self._table.has(total, _WHOLE)
        return list(self._compare(forms, sequence, filled, runs)) if runs else []

    def _compare(
        self,
        forms: Sequence[str],
        sequence: NDArray[np.int64],
        filled: NDArray[np.int64],
        runs: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]],
    ) -> Iterator[tuple[int, int, int]]:
        """Yield the runs, given by first and last word and hash, that spell a key, character by character."""
        first, last, total = (np.concatenate(column) for column in zip(*runs, strict=True))
        place = np.minimum(np.searchsorted(self._hashes, total), len(self) - 1)
        known = np.flatnonzero(self._hashes[place] == total)
        first, last, place = first[known], last[known], place[known]
        columns = (first, last + 1, sequence[first], place, self._order[place], filled[first], filled[last] + 1)
        for i, j, word, at, key, start, stop in zip(*(column.tolist() for column in columns), strict=True):
            text = forms[word] if j - i == 1 else "".join([forms[other] for other in sequence[i:j].tolist()])
            # Keys of the same hash stand together.
            while self._keys[key] != text:
                at += 1
                if at == len(self) or self._hashes[at] != self._hashes[at - 1]:
                    break
                key = int(self._order[at])
            else:
                yield start, stop, key
