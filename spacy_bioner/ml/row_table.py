"""Rows of numbers by key, which several threads may read while one adds."""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.util import get_array_module

_FIRST_ROOM = 1024


class RowTable:
    """A table that grows: ``table[find(keys)]`` are the rows of keys that are known.

    Readers take no lock. What makes that safe is the order in which ``add`` publishes a row:

        1. the table gets room (a larger copy, which then takes the place of the old one)
        2. the row is written
        3. its key gets its number        <- from here on readers see it

    So look up ``find`` first and ``table`` after: a number that was found is that of a row already written, in this
    table or a later one. A row never moves and never changes. To forget rows, drop the object and take a new one:
    a thread that still reads the old one is not disturbed.

    room: how many rows there will be at most; the table then grows no larger than needed near that size.
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
        """Return the row of each key, -1 where it is not known."""
        rows = self._rows
        return np.array([rows.get(key, -1) for key in keys.tolist()], dtype=np.int64)

    def add(self, keys: NDArray[Any], values: Any) -> None:
        """Take in the rows of distinct keys, ``values`` (keys, ...); those that another thread was first with stay."""
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
