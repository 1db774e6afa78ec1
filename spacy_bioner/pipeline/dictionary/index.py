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

    def find_many(self, words: NDArray[np.int64], form_of: Callable[[int], str]) -> list[Match]:
        """Return every run of words that spells a key, overlaps included.

        words: ids, which stand for the same words in all calls. form_of: returns the word of an id, asked for those
            that the index does not remember; it may be empty, and no run begins or ends with such a word.
        """
        ...

    def forget(self) -> None:
        """Empty what is remembered of texts: it changes the time that is needed, never what is found."""
        ...

    def find_inside(self, text: str) -> list[Match]:
        """Return every place in a text of characters where a key stands, whatever the borders of words."""
        ...


IndexBuilder = Callable[[Sequence[str]], Index]
