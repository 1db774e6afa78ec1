"""What is remembered of words by their ids: one row of numbers each, fetched for all words of a text in one step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_SLOTS = 1 << 15
_MEMO_SIZE = 200_000


class _Store:
    """Rows by id, in a dict, and those of the words that came first also in a table with a slot for each."""

    def __init__(self, columns: int) -> None:
        self.known: dict[int, tuple[int, ...]] = {}
        self.ids = ~np.arange(_SLOTS)  # ids that never stand in these slots
        self.rows = np.zeros((_SLOTS, columns), dtype=np.int64)


class WordRows:
    """Rows of ``columns`` 64-bit numbers by the id of a word, computed at the first look-up.

    Threads may share it without a lock: a slot is written once, its row before its id, and read in the opposite order.
    A word whose slot is taken by another goes through the dict.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._mask = np.array(_SLOTS - 1)  # an array, as numpy takes twice as long with a scalar
        self._store = _Store(columns)

    def fetch(self, ids: NDArray[np.int64], compute: Callable[[list[int]], list[tuple[int, ...]]]) -> NDArray[np.int64]:
        """Return the rows of words, shape (words, columns); ``compute`` returns those of distinct unknown ids."""
        store = self._store
        slots = ids & self._mask
        there = store.ids[slots]
        rows = store.rows.take(slots, axis=0)
        if there.tobytes() == ids.tobytes():
            return rows
        places = (there != ids).nonzero()[0].tolist()
        wanted = ids[places].tolist()
        known = store.known
        if unknown := [word for word in dict.fromkeys(wanted) if word not in known]:
            if len(known) >= _MEMO_SIZE:
                store = self._store = _Store(self._columns)
                known = store.known
                unknown = list(dict.fromkeys(wanted))
            for word, row in zip(unknown, compute(unknown), strict=True):
                known[word] = row
                slot = word & _SLOTS - 1
                if store.ids[slot] == ~slot:
                    store.rows[slot] = row
                    store.ids[slot] = word
        rows[places] = [known[word] for word in wanted]
        return rows
