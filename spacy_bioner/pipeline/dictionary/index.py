"""What finds the keys (normal forms of terms) in a text, behind one seam: the setting ``index`` of the dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BREAK = "\n"
"""A word that is part of no key, to be put between texts."""

Match = tuple[int, int, int]
"""First word (or character), one past the last, and the number of the key."""


class Index(Protocol):
    """Distinct, non-empty keys, numbered in the order given. All indexes give the same matches, in any order."""

    def __len__(self) -> int:
        """Return the number of keys."""
        ...

    def find_from(self, words: Sequence[str], i: int) -> tuple[list[Match], int]:
        """Return every run of words from word ``i`` that spells a key, and how many words it took to know them all.

        No run begins or ends with an empty word. The end of the text counts as a word.
        """
        ...

    def find_many(self, forms: Sequence[str], words: NDArray[np.int64]) -> list[Match]:
        """Return every run of words of a long text that spells a key, overlaps included.

        forms: its distinct words; they may be empty, and no run begins or ends with such. words: its words, as indices
            into ``forms``.
        """
        ...

    def find_inside(self, text: str) -> list[Match]:
        """Return every place in a text of characters where a key stands, whatever the borders of words."""
        ...


IndexBuilder = Callable[[Sequence[str]], Index]
