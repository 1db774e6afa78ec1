"""Finds every run of words that spells a key, by hashes (Karp & Rabin 1987).

Only runs of whole words are looked at. The hash of a text of characters c_0 ... c_n-1 is the sum of (c_i + 1) * B^i
modulo 2^64, so that of a run follows from its words': hash(uv) = hash(u) + B^len(u) * hash(v). A run is made longer,
word by word, for as long as its hash is one of a prefix of a key. That is asked of a bit table (Bloom 1970), which may
say yes too often, never too seldom; in the end a match is compared with its key character by character.

Two ways lead through the same table: a batch of texts goes through numpy, all words at a time; one short text does not,
as forty calls of numpy take longer than to read it. Which words are worth a look there, ``term_finder`` remembers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .index import IndexBuilder, Match
from .strings import Strings

_MULTIPLIER = 0x9E3779B97F4A7C15
# Two ways to spread hashes over the bit table: one for prefixes of keys, one for whole keys.
_PREFIX, _WHOLE = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)
_PREFIX_ONE = int(_PREFIX)
_BITS_PER_HASH = 4
_CHUNK = 50_000
_MASK = (1 << 64) - 1
_MEMO_SIZE = 300_000


class _BitTable:
    """A set of hashes that may hold more than was added."""

    def __init__(self, hashes: int) -> None:
        bits = max(10, (hashes * _BITS_PER_HASH - 1).bit_length())
        self._shift = np.uint64(64 - bits)
        self._type = np.uint32 if bits <= 32 else np.uint64
        self._bytes = np.zeros(1 << (bits - 3), dtype=np.uint8)
        self._shift_one = 64 - bits

    def _places(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[Any]:
        return ((hashes * spread) >> self._shift).astype(self._type)

    def add(self, hashes: NDArray[np.uint64], spread: np.uint64) -> None:
        places = self._places(hashes, spread)
        places.sort()  # so that memory is written in order, which takes a quarter of the time
        np.bitwise_or.at(self._bytes, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))

    def has(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[np.bool_]:
        places = self._places(hashes, spread)
        return ((self._bytes[places >> 3] >> (places & 7)) & 1).astype(bool)

    def has_one(self, value: int) -> bool:
        """Return ``has`` for the prefix of this hash, without the cost of an array."""
        place = (value * _PREFIX_ONE & _MASK) >> self._shift_one
        return self._bytes.item(place >> 3) >> (place & 7) & 1 == 1


class _Run(NamedTuple):
    """A run of words that is the prefix of a key as far as the bit table tells.

    text: the words, joined. total: their hash. key: the number of the key that they are, or -1.
    """

    text: str
    total: int
    key: int


class HashIndex:
    """Distinct, non-empty keys in a table of hashes; see ``index.Index``.

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
        self._forget()

    def _forget(self) -> None:
        # Each entry is computed whole before it is put in, from what never changes: threads may share them.
        self._power = [int(power) for power in self._powers]
        self._hash: dict[str, int] = {}
        self._runs: dict[str, _Run | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: all but what is remembered of texts."""
        return {name: value for name, value in vars(self).items() if name not in ("_hash", "_runs", "_power")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what ``__getstate__`` returned."""
        vars(self).update(state)
        self._forget()

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

    def find_from(self, words: Sequence[str], i: int) -> tuple[list[Match], int]:
        """Return every run of words from word ``i`` that spells a key, and how many words it took to know."""
        matches: list[Match] = []
        run: _Run | None = None
        if not words[i]:
            return matches, 1
        for j in range(i, len(words)):
            if words[j]:
                run = self._run(run, words[j])
                if run is None:
                    return matches, j - i + 1
                if run.key >= 0:
                    matches.append((i, j + 1, run.key))
        return matches, len(words) - i + 1

    def _run(self, run: _Run | None, word: str) -> _Run | None:
        """Return a run (None for an empty one) with a word more, or None where that is the prefix of no key."""
        before = run.text if run else ""
        text = before + word
        runs = self._runs
        if text in runs:
            return runs[text]
        length = len(text)
        if length > self._longest:
            return None
        if len(runs) >= _MEMO_SIZE:
            runs = self._runs = {}
        added = self._hash_of(word)
        total = (run.total + self._power[len(before)] * added) & _MASK if run else added
        hashed = total
        # A prefix of a key is in the table with all its own prefixes, so that four answers are surer than one.
        for i in range(length, max(length - 4, len(before)), -1):
            if not self._table.has_one(hashed):
                if not run:
                    runs[text] = None
                return None
            hashed -= (ord(text[i - 1]) + 1) * self._power[i - 1] & _MASK
        longer = runs[text] = _Run(text, total, self._key(text, total))
        return longer

    def _hash_of(self, word: str) -> int:
        known = self._hash.get(word)
        if known is None:
            if len(self._hash) >= _MEMO_SIZE:
                self._hash = {}
            known = sum((ord(c) + 1) * power for c, power in zip(word, self._power, strict=False)) & _MASK
            self._hash[word] = known
        return known

    def _key(self, text: str, total: int) -> int:
        """Return the number of the key that a text is, or -1."""
        at = int(np.searchsorted(self._hashes, np.uint64(total)))
        while at < len(self) and int(self._hashes[at]) == total:
            if self._keys[key := int(self._order[at])] == text:
                return key
            at += 1
        return -1

    def find_inside(self, text: str) -> list[Match]:
        """Return every place in a text of characters where a key stands: runs of words of one character."""
        forms = sorted(set(text))
        number = {form: i for i, form in enumerate(forms)}
        return self.find_many(forms, np.fromiter(map(number.__getitem__, text), dtype=np.int64, count=len(text)))

    def find_many(self, forms: Sequence[str], words: NDArray[np.int64]) -> list[Match]:
        """Return every run of words of a long text that spells a key; ``words`` are indices into ``forms``."""
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
    ) -> Iterator[Match]:
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


def make_hash_index() -> IndexBuilder:
    """Return what builds this index; registered as ``spacy-bioner.HashIndex.v1``."""
    return HashIndex
