"""Rows of numbers by key, which several threads may read while one thread adds rows."""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.util import get_array_module

_FIRST_ROOM = 1024


class RowTable:
    """A growing table: ``table[find(keys)]`` are the rows of known keys.

    Readers take no lock. This is safe because of the order in which ``add`` publishes a row:

        1. the table is enlarged if it is full (a larger copy replaces the old one)
        2. the row is written
        3. its number is stored under its key        <- from here on readers see it

    So call ``find`` first and read ``table`` after it: a number that was found belongs to a row that has been written,
    in this table or a later one. A row never moves and never changes. To remove rows, replace the whole object: threads
    that still read the old one are not affected.

    room: the expected maximum number of rows; near it, the table is not enlarged beyond it.
    """

    def __init__(self, room: int | None = None) -> None:
        self.table: Any = None
        self.keys: list[int] = []
        self._room = room
        self._rows: dict[int, int] = {}
        self._adding = Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, keys: NDArray[Any]) -> NDArray[np.int64]:
        """Return the row number of each key, -1 for an unknown key."""
        rows = self._rows
        return np.array([rows.get(key, -1) for key in keys.tolist()], dtype=np.int64)

    def add(self, keys: NDArray[Any], values: Any) -> None:
        """Add the rows of distinct keys, ``values`` (keys, ...); rows that another thread has added first are kept."""
        with self._adding:
            fresh = np.flatnonzero(self.find(keys) < 0)
            if len(fresh):
                self._append(keys[fresh].tolist(), values if len(fresh) == len(keys) else values[fresh])

    def _append(self, keys: list[int], values: Any) -> None:
        start, end = len(self._rows), len(self._rows) + len(keys)
        if self.table is None or end > len(self.table):
            size = max(2 * end, _FIRST_ROOM)
            size = size if self._room is None else max(end, min(size, self._room))
            table = get_array_module(values).empty((size, *values.shape[1:]), dtype=values.dtype)
            if start:
                table[:start] = self.table[:start]
            self.table = table
        self.table[start:end] = values
        self.keys[start:end] = keys
        self._rows.update(zip(keys, range(start, end), strict=True))
