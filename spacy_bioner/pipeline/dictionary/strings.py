"""A compact list of strings."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate


class Strings:
    """An immutable list of strings in one buffer."""

    def __init__(self, strings: Sequence[str]) -> None:
        # One buffer and 8 bytes a string, where a list of str has some 60 bytes of overhead for each.
        self._data = "".join(strings).encode("utf-8", "surrogatepass")
        lengths: Iterable[int] = map(len, strings)
        # In ASCII a character is a byte, and the strings need not be encoded one by one.
        if not self._data.isascii():
            lengths = (len(string.encode("utf-8", "surrogatepass")) for string in strings)
        self._ends = array("Q", accumulate(lengths))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, i: int) -> str:
        start = self._ends[i - 1] if i else 0
        return self._data[start : self._ends[i]].decode("utf-8", "surrogatepass")
