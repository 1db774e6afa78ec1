"""Search for every run of words that spells a key, by hashes (Karp & Rabin 1987).

Only runs of whole words are tested. The hash of a text with the characters c_0 ... c_n-1 is the sum of (c_i + 1) * B^i
modulo 2^64, so the hash of a run follows from those of its words: hash(uv) = hash(u) + B^len(u) * hash(v). A run is
extended word by word as long as its hash is that of a prefix of a key. A bit table (Bloom 1970) answers this; it may
answer yes wrongly, but never no. Finally a match is compared with its key character by character.

A text is searched in two steps. The first tests all words at once, with a dozen calls of numpy: does a word, together
with the next, begin a key? The values of a word that this needs are cached by its id (``word_rows``). The second step
extends runs from the few places that are left, one by one, or with numpy if there are many:

    keys        heart failure, heart attack
    text        the   heart   failure   of   the   heart
    pair test   no    yes     no        no   no    (end)      heart failure: a prefix of a key
    runs              heart -> heart failure: a key -> heart failure of: no prefix of a key
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bit_table import PREFIX, PREFIX_ONE, WHOLE, WHOLE_ONE, BitTable
from .index import IndexBuilder, Match
from .strings import Strings
from .word_rows import Row, WordRows

_MULTIPLIER = 0x9E3779B97F4A7C15
_CHUNK = 50_000
_MASK = (1 << 64) - 1
_MEMO_SIZE = 300_000
_FEW = 64
"""Up to this number of places, runs are extended one by one, and of words, hashes are computed one by one; beyond it
numpy is faster."""
_HASH, _POWER, _NEXT, _SIZE = range(4)
"""The columns of ``WordRows``. The pair test of words v, w: is the bit of HASH(v) + POWER(v) * NEXT(w) set? HASH and
POWER are multiplied by PREFIX already. SIZE is twice the length of the word, plus 1 if the word is a key."""

_REMEMBERED = ("_runs", "_remembered", "_power", "_ones", "_words")


class _Run:
    """A run of words that is, according to the bit table, the prefix of a key.

    text: the joined words. total: their hash. key: the number of the key that they spell; -1 for none, and after an
    empty word.
    longer: the run with one more word, by the id of that word; None if it is not the prefix of a key.
    """

    __slots__ = ("key", "longer", "text", "total")

    def __init__(self, text: str, total: int, key: int, longer: dict[int, _Run | None]) -> None:
        self.text = text
        self.total = total
        self.key = key
        self.longer = longer


_UNKNOWN = _Run("", 0, -1, {})


class HashIndex:
    """Distinct, non-empty keys in a table of hashes; see ``index.Index``.

    multiplier: the odd base B; a bad choice makes the search slow, but not wrong.
    """

    def __init__(self, keys: Sequence[str], multiplier: int = _MULTIPLIER) -> None:
        self._keys = Strings(keys)
        lengths = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
        self._longest = int(lengths.max(initial=0))
        powers = np.full(self._longest + 1, multiplier, dtype=np.uint64)
        powers[0] = 1
        self._powers = np.multiply.accumulate(powers)
        self._table = BitTable(int(lengths.sum()) + len(keys))
        hashes = np.zeros(len(keys), dtype=np.uint64)
        for i in range(0, len(keys), _CHUNK):
            prefixes, ends = self._prefix_hashes(keys[i : i + _CHUNK])
            self._table.add(prefixes, PREFIX)
            hashes[i : i + _CHUNK] = prefixes[ends - 1]
        self._table.add(hashes, WHOLE)
        self._order = np.argsort(hashes, kind="stable").astype(np.int32)
        self._hashes = hashes[self._order]
        self._never = self._table.find_empty()
        self.forget()

    def forget(self) -> None:
        """Clear the caches, which affect the time of a search, not its result."""
        # Threads may share the caches: an entry is complete before it is stored, and depends on constants only.
        self._words = WordRows()
        self._power = [int(power) for power in self._powers]
        self._ones = list(accumulate(self._power, initial=0))
        self._runs: dict[int, _Run | None] = {}
        self._remembered = 0

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle: everything except the caches."""
        return {name: value for name, value in vars(self).items() if name not in _REMEMBERED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Load the state of ``__getstate__``, with empty caches."""
        vars(self).update(state)
        self.forget()

    def __len__(self) -> int:
        return len(self._keys)

    def _prefix_hashes(self, strings: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return the hashes of all non-empty prefixes of strings, and the end of each string; no string is empty."""
        # All strings in one array. The hash of a prefix is a running sum over its string, which is the running sum over
        # the array minus the sum before the string (modulo 2^64, so that overflow is right).
        #
        #   strings   ab      cde         terms   a  bB  c  dB  eB^2
        #   starts    0       2           sums    a  a+bB  a+bB+c  ...
        #   ends      2       5           prefixes of cde: sums[2:5] - sums[1]
        text = "".join(strings).encode("utf-32-le", "surrogatepass")
        lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
        ends = np.cumsum(lengths)
        starts = ends - lengths
        terms = np.frombuffer(text, dtype=np.uint32).astype(np.uint64) + np.uint64(1)
        terms *= self._powers[np.arange(len(terms)) - np.repeat(starts, lengths)]
        sums = np.cumsum(terms, dtype=np.uint64)
        before = sums[starts] - terms[starts]
        return sums - np.repeat(before, lengths), ends

    def _hash_of(self, word: str) -> int:
        """Return the hash of a word not longer than the longest key."""
        return sum(map(mul, map(ord, word), self._power)) + self._ones[len(word)] & _MASK

    def _open(self, word: str) -> _Run | None:
        """Return the run of one word, not empty, or None if it is not the prefix of a key."""
        return self._check("", word, self._hash_of(word)) if len(word) <= self._longest else None

    def _check(self, before: str, word: str, total: int) -> _Run | None:
        """Return the run of a text and one more word, whose hash is given, or None as in ``_open``."""
        text = before + word
        hashed = total
        # All prefixes of a prefix are in the table too. So four of them are tested, which leaves fewer wrong answers.
        for i in range(len(text), max(len(text) - 4, len(before)), -1):
            if not self._table.has_one(hashed):
                return None
            hashed -= (ord(text[i - 1]) + 1) * self._power[i - 1] & _MASK
        return _Run(text, total, self._key(text, total), {})

    def _add(self, run: _Run, word: int, form_of: Callable[[int], str], row: NDArray[np.int64]) -> _Run | None:
        """Return a run with one more word, or None as in ``_open``; the row of the word is given."""
        length = row.item(_SIZE) >> 1
        if not length:
            return _Run(run.text, run.total, -1, run.longer)
        before = len(run.text)
        if before + length > self._longest:
            return None
        total = run.total + self._power[before] * row.item(_NEXT) & _MASK
        # Tested before the text is joined, because the answer is mostly no.
        return self._check(run.text, form_of(word), total) if self._table.has_one(total) else None

    def _key(self, text: str, total: int) -> int:
        """Return the number of the key that a text is, or -1."""
        # The bit table rejects most runs without a search. Keys with the same hash are adjacent in _hashes; comparing
        # the texts makes the answer exact.
        if not self._table.has_one(total, WHOLE_ONE):
            return -1
        at = int(np.searchsorted(self._hashes, np.uint64(total)))
        while at < len(self) and int(self._hashes[at]) == total:
            if self._keys[key := int(self._order[at])] == text:
                return key
            at += 1
        return -1

    def find_inside(self, text: str) -> list[Match]:
        """Return every occurrence of a key in a text: each character is a word, so runs may start and end anywhere."""
        return self._find(np.array(list(map(ord, text)), dtype=np.int64), chr, WordRows())

    def find_many(self, words: NDArray[np.int64], form_of: Callable[[int], str]) -> list[Match]:
        """Return every run of words that spells a key; see ``index.Index``."""
        return self._find(words, form_of, self._words)

    def _find(self, words: NDArray[np.int64], form_of: Callable[[int], str], known: WordRows) -> list[Match]:
        if not len(self) or not len(words):
            return []
        if self._remembered + len(self._runs) > _MEMO_SIZE:
            self._runs, self._remembered = {}, 0
        # Runs are cached by word id, and the ids of characters (``find_inside``) are other ids.
        runs = self._runs if known is self._words else {}
        rows = known.fetch(words, lambda ids: self._compute_rows(ids, form_of, runs))
        # Of every word and the next at once: the hash of the two, in the form that the bit table reads. Only the last
        # word has no next one; it is a place if it is a key by itself.
        pairs = rows[:-1, _POWER] * rows[1:, _NEXT]
        pairs += rows[:-1, _HASH]
        places = self._table.has_spread(pairs).nonzero()[0].tolist()
        if rows.item(-1, _SIZE) & 1:
            places.append(len(words) - 1)
        if len(places) > _FEW:
            return self._find_runs(words, form_of, rows, np.array(places))
        matches: list[Match] = []
        if places:
            ids = words.tolist()
            for i in places:
                self._extend(ids, form_of, rows, i, matches, runs)
        return matches

    def _extend(
        self,
        ids: Sequence[int],
        form_of: Callable[[int], str],
        rows: NDArray[np.int64],
        i: int,
        matches: list[Match],
        runs: dict[int, _Run | None],
    ) -> None:
        """Append every run of words from word ``i``, which is not empty, that spells a key."""
        run = runs.get(ids[i], _UNKNOWN)
        if run is _UNKNOWN:
            run = runs[ids[i]] = self._open(form_of(ids[i]))
        for j in range(i + 1, len(ids) + 1):
            if run is None:
                return
            if run.key >= 0:
                matches.append((i, j, run.key))
            if j == len(ids):
                return
            word = ids[j]
            longer = run.longer.get(word, _UNKNOWN)
            if longer is _UNKNOWN:
                self._remembered += 1
                longer = run.longer[word] = self._add(run, word, form_of, rows[j])
            run = longer

    def _compute_rows(self, ids: list[int], form_of: Callable[[int], str], runs: dict[int, _Run | None]) -> list[Row]:
        """Return the columns of ``WordRows`` for words, and put the runs that begin with them into ``runs``.

        A power of 0 makes the pair test independent of the next word: it always fails for a word that begins no key
        (HASH is a hash that the table does not have), and always succeeds for a word that is a key itself. An empty
        next word has the hash 0, so the pair is tested as the word alone.
        """
        if len(ids) > _FEW:
            return self._compute_many_rows(list(map(form_of, ids)))
        rows = []
        for number, word in zip(ids, map(form_of, ids), strict=True):
            length = len(word)
            total = self._hash_of(word) if length <= self._longest else 0
            run = self._check("", word, total) if 0 < length <= self._longest else None
            runs[number] = run
            if run is None:
                rows.append((self._never, 0, total, 2 * length))
            elif run.key >= 0:
                rows.append((total * PREFIX_ONE & _MASK, 0, total, 2 * length + 1))
            else:
                power = self._power[length] * PREFIX_ONE & _MASK
                rows.append((total * PREFIX_ONE & _MASK, power, total, 2 * length))
        return rows

    def _compute_many_rows(self, words: list[str]) -> list[Row]:
        """Compute the same with numpy. A word that is a key according to the bit table counts as one until compared."""
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        usable = ((lengths > 0) & (lengths <= self._longest)).nonzero()[0]
        hashes = np.zeros(len(words), dtype=np.uint64)
        if len(usable):
            prefixes, ends = self._prefix_hashes([words[i] for i in usable.tolist()])
            hashes[usable] = prefixes[ends - 1]
        opens = np.zeros(len(words), dtype=bool)
        opens[usable] = self._table.has(hashes[usable], PREFIX)
        spells = opens & self._table.has(hashes, WHOLE)
        starts = np.where(opens, hashes * PREFIX, np.uint64(self._never))
        powers = np.zeros(len(words), dtype=np.uint64)
        longer = opens & ~spells
        powers[longer] = self._powers[lengths[longer]] * PREFIX
        columns = (starts, powers, hashes, 2 * lengths + spells)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def _find_runs(
        self,
        words: NDArray[np.int64],
        form_of: Callable[[int], str],
        rows: NDArray[np.int64],
        places: NDArray[np.int64],
    ) -> list[Match]:
        """Return the runs that spell keys and start at ``places``; all runs are extended at the same time."""
        lengths, hashes = rows[:, _SIZE] >> 1, rows[:, _NEXT].view(np.uint64)
        filled = lengths.nonzero()[0]
        if len(filled) == len(words):
            first = places
        else:
            first = np.searchsorted(filled, places)
            lengths, hashes = lengths[filled], hashes[filled]
        last = first
        length, total, spelt = lengths[first], hashes[first], rows[places, _SIZE] & 1 == 1
        # One element per run in each array; every round adds a word to all runs and keeps the prefixes of keys.
        runs = []
        while len(first):
            runs.append((first[spelt], last[spelt], total[spelt]))
            more = last + 1 < len(filled)
            first, last, length, total = first[more], last[more] + 1, length[more], total[more]
            total = total + self._powers[length] * hashes[last]
            length = length + lengths[last]
            alive = (length <= self._longest) & self._table.has(total, PREFIX)
            first, last, length, total = first[alive], last[alive], length[alive], total[alive]
            spelt = self._table.has(total, WHOLE)
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
            # Keys with the same hash follow one another: compare with each.
            while self._keys[key] != text:
                at += 1
                if at == len(self) or self._hashes[at] != self._hashes[at - 1]:
                    break
                key = int(self._order[at])
            else:
                yield start, stop, key


def make_hash_index() -> IndexBuilder:
    """Return the builder of this index; registered as ``spacy-bioner.HashIndex.v1``."""
    return HashIndex
