"""A cache of one row of numbers per word id, fetched for all words of a text in one step.

``hints`` is a direct-mapped table in front of a dictionary. The last 16 bits of an id are a slot, and the slot has the
row of the last word that was looked up there, which may be another word: the id in the row tells.

    ids         7     9     7 + 65536              slots of 7 and of 7 + 65536 are the same
    hints       row of 7,   row of 9               one numpy look-up for all words
    row's id    7     9     7                      the third is wrong: look it up in ``numbers``, then correct the hint
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from struct import Struct

import numpy as np
from numpy.typing import NDArray

_SLOTS = 1 << 16
_CAPACITY = 100_000

Row = tuple[int, int, int, int]
"""Four unsigned 64-bit numbers."""

_PACKED = Struct("=QQQQq")
_COLUMNS = 5
_ID = 4


class _Store:
    """Rows with the id as last column.

    numbers: id -> row. hints: last bits of an id -> row, which may be that of another id.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.numbers: dict[int, int] = {}
        self.hints = np.zeros(_SLOTS, dtype=np.int64)
        self.buffer = bytearray(_PACKED.size * capacity)
        self.rows = np.frombuffer(self.buffer, dtype=np.int64).reshape(-1, _COLUMNS)
        self.free = count(1)
        _PACKED.pack_into(self.buffer, 0, 0, 0, 0, 0, -1)  # an id that no word has


class WordRows:
    """Rows by the id of a word, computed at the first look-up.

    Threads may share it without a lock: a row is complete before its number is stored, and is never changed.
    """

    def __init__(self) -> None:
        self._mask = np.array(_SLOTS - 1)  # an array, as numpy takes twice as long with a scalar
        self._store = _Store(_CAPACITY)

    def fetch(self, ids: NDArray[np.int64], compute: Callable[[list[int]], list[Row]]) -> NDArray[np.int64]:
        """Return the rows of words, shape (words, 5); ``compute`` returns those of distinct unknown ids."""
        store = self._store
        slots = ids & self._mask
        rows = store.rows.take(store.hints[slots], axis=0)
        wrong = (rows[:, _ID] != ids).nonzero()[0]
        if not len(wrong):
            return rows
        wanted = ids[wrong].tolist()
        numbers = list(map(store.numbers.get, wanted))
        if None in numbers:
            unknown = {word for word, number in zip(wanted, numbers, strict=True) if number is None}
            distinct = list(unknown)
            for word, row in zip(distinct, compute(distinct), strict=True):
                number = next(store.free)
                if number >= store.capacity:  # checked for each, because other threads fill the store too
                    self._store = _Store(max(_CAPACITY, 2 * len(ids)))
                    return self.fetch(ids, compute)
                _PACKED.pack_into(store.buffer, number * _PACKED.size, *row, word)
                store.numbers[word] = number
            numbers = list(map(store.numbers.get, wanted))
        places = np.array(numbers)
        rows[wrong] = store.rows.take(places, axis=0)
        store.hints[slots[wrong]] = places
        return rows
