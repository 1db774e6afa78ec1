"""Finds every run of words that spells a key, by hashes (Karp & Rabin 1987).

Only runs of whole words are looked at. The hash of a text of characters c_0 ... c_n-1 is the sum of (c_i + 1) * B^i
modulo 2^64, so that of a run follows from its words': hash(uv) = hash(u) + B^len(u) * hash(v). A run is made longer,
word by word, for as long as its hash is one of a prefix of a key. That is asked of a bit table (Bloom 1970), which may
say yes too often, never too seldom; in the end a match is compared with its key character by character.

A text is read in two steps. The first asks of all words at once, by a dozen calls of numpy, whether each with the next
one opens a key; what the hashes need of a word is remembered by its id (``word_rows``). Few places are left. The second
step makes runs from these, one by one where they are few, and with numpy where they are many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .index import IndexBuilder, Match
from .strings import Strings
from .word_rows import WordRows

_MULTIPLIER = 0x9E3779B97F4A7C15
# Two ways to spread hashes over the bit table: one for prefixes of keys, one for whole keys.
_PREFIX, _WHOLE = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)
_PREFIX_ONE = int(_PREFIX)
_BITS_PER_HASH = 4
_CHUNK = 50_000
_MASK = (1 << 64) - 1
_MEMO_SIZE = 300_000
_FEW = 64
"""Places up to which runs are made one by one, and words up to which hashes are; beyond, numpy is faster."""
_HASH, _POWER, _NEXT, _LENGTH, _KEY = range(5)
"""The columns of ``WordRows``. The pair test of words v, w: is the bit at HASH(v) + POWER(v) * NEXT(w) set?"""


class _BitTable:
    """A set of hashes that may hold more than was added."""

    def __init__(self, hashes: int) -> None:
        bits = max(10, (hashes * _BITS_PER_HASH - 1).bit_length())
        self._shift = np.uint64(64 - bits)
        self._type = np.uint32 if bits <= 32 else np.uint64
        self._bytes = np.zeros(1 << (bits - 3), dtype=np.uint8)
        self._shift_one = 64 - bits
        # Arrays without a dimension, as numpy takes twice as long with scalars.
        self._shift_signed, self._three, self._seven = np.array(64 - bits), np.array(3), np.array(7)
        self._masks = np.left_shift(1, np.arange(8)).astype(np.uint8)

    def _places(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[Any]:
        return ((hashes * spread) >> self._shift).astype(self._type)

    def add(self, hashes: NDArray[np.uint64], spread: np.uint64) -> None:
        places = self._places(hashes, spread)
        places.sort()  # so that memory is written in order, which takes a quarter of the time
        np.bitwise_or.at(self._bytes, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))

    def has(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[np.bool_]:
        places = self._places(hashes, spread)
        return ((self._bytes[places >> 3] >> (places & 7)) & 1).astype(bool)

    def has_spread(self, hashes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return what is not 0 where the table has a hash; they are multiplied already, and signed.

        A negative place counts from the end of the table, which is the place of the unsigned one.
        """
        places = hashes >> self._shift_signed
        return self._bytes[places >> self._three] & self._masks[places & self._seven]

    def find_empty(self) -> int:
        """Return a multiplied hash that the table does not have; at most half of its bits are set."""
        byte = int((self._bytes != 255).argmax())
        bit = next(bit for bit in range(8) if not self._bytes.item(byte) >> bit & 1)
        return (byte * 8 + bit) << self._shift_one

    def has_one(self, value: int) -> bool:
        """Return ``has`` for the prefix of this hash, without the cost of an array."""
        place = (value * _PREFIX_ONE & _MASK) >> self._shift_one
        return self._bytes.item(place >> 3) >> (place & 7) & 1 == 1


_REMEMBERED = ("_hash", "_runs", "_power", "_words")


def _signed(value: int) -> int:
    """Return 64 bits as a signed number."""
    value &= _MASK
    return value - (1 << 64) if value >> 63 else value


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
        self._never = _signed(self._table.find_empty())
        self.forget()

    def forget(self) -> None:
        """Empty what is remembered of texts: it changes the time that is needed, never what is found."""
        # Each entry is computed whole before it is put in, from what never changes: threads may share them.
        self._words = WordRows(5)
        self._power = [int(power) for power in self._powers]
        self._hash: dict[str, int] = {}
        self._runs: dict[str, _Run | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: all but what is remembered of texts."""
        return {name: value for name, value in vars(self).items() if name not in _REMEMBERED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what ``__getstate__`` returned."""
        vars(self).update(state)
        self.forget()

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
        return self._find(np.array(list(map(ord, text)), dtype=np.int64), chr, WordRows(5))

    def find_many(self, words: NDArray[np.int64], form_of: Callable[[int], str]) -> list[Match]:
        """Return every run of words that spells a key; see ``index.Index``."""
        return self._find(words, form_of, self._words)

    def _find(self, words: NDArray[np.int64], form_of: Callable[[int], str], known: WordRows) -> list[Match]:
        if not len(self) or not len(words):
            return []
        rows = known.fetch(words, lambda ids: self._compute_rows(list(map(form_of, ids))))
        pairs = rows[:, _HASH].copy()
        pairs[:-1] += rows[:-1, _POWER] * rows[1:, _NEXT]
        places = self._table.has_spread(pairs).nonzero()[0]
        if len(places) > _FEW:
            return self._find_runs(words, form_of, rows, places)
        matches: list[Match] = []
        if len(places):
            ids = words.tolist()
            for i in places.tolist():
                self._extend(ids, form_of, i, matches)
        return matches

    def _extend(self, ids: Sequence[int], form_of: Callable[[int], str], i: int, matches: list[Match]) -> None:
        """Append every run of words from word ``i``, which is not empty, that spells a key."""
        run: _Run | None = None
        for j in range(i, len(ids)):
            word = form_of(ids[j])
            if word:
                run = self._run(run, word)
                if run is None:
                    return
                if run.key >= 0:
                    matches.append((i, j + 1, run.key))

    def _compute_rows(self, words: list[str]) -> list[tuple[int, ...]]:
        """Return the columns of ``WordRows`` for normal forms of words.

        Where a word opens no key, its pair test fails whatever the next word: the power is 0. Where it is a key, the
        test succeeds in the same way. A pair of it with an empty word is tested as the word alone.
        """
        rows = []
        for word in words:
            run = self._run(None, word) if word else None
            total = self._hash_of(word) if len(word) <= self._longest else 0
            if run is None:
                rows.append((self._never, 0, _signed(total), len(word), 0))
                continue
            power = 0 if run.key >= 0 else self._power[len(word)] * _PREFIX_ONE
            rows.append((_signed(total * _PREFIX_ONE), _signed(power), _signed(total), len(word), int(run.key >= 0)))
        return rows

    def _find_runs(
        self,
        words: NDArray[np.int64],
        form_of: Callable[[int], str],
        rows: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> list[Match]:
        """Return the runs that start at some of the words of a text, all made longer at the same time."""
        lengths, hashes = rows[:, _LENGTH], rows[:, _NEXT].view(np.uint64)
        filled = lengths.nonzero()[0]
        if len(filled) == len(words):
            first = places
        else:
            first = np.searchsorted(filled, places)
            lengths, hashes = lengths[filled], hashes[filled]
        last = first
        length, total, spelt = lengths[first], hashes[first], rows[places, _KEY] != 0
        runs = []
        while len(first):
            runs.append((first[spelt], last[spelt], total[spelt]))
            more = last + 1 < len(filled)
            first, last, length, total = first[more], last[more] + 1, length[more], total[more]
            total = total + self._powers[length] * hashes[last]
            length = length + lengths[last]
            alive = (length <= self._longest) & self._table.has(total, _PREFIX)
            first, last, length, total = first[alive], last[alive], length[alive], total[alive]
            spelt = self._table.has(total, _WHOLE)
        return list(self._compare(words, form_of, filled, runs))

    def _compare(
        self,
        words: NDArray[np.int64],
        form_of: Callable[[int], str],
        filled: NDArray[np.int64],
        runs: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]],
    ) -> Iterator[Match]:
        """Yield the runs, given by first and last word and hash, that spell a key, character by character."""
        first, last, total = (np.concatenate(column) for column in zip(*runs, strict=True))
        place = np.minimum(np.searchsorted(self._hashes, total), len(self) - 1)
        known = np.flatnonzero(self._hashes[place] == total)
        first, last, place = first[known], last[known], place[known]
        sequence = words[filled]
        columns = (first, last + 1, sequence[first], place, self._order[place], filled[first], filled[last] + 1)
        for i, j, word, at, key, start, stop in zip(*(column.tolist() for column in columns), strict=True):
            text = form_of(word) if j - i == 1 else "".join(map(form_of, sequence[i:j].tolist()))
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
