"""The interface of indexes, which find keys (normal forms of terms) in a text: the setting ``index``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BREAK = "\n"
"""A word that is not part of any key, put between texts."""

Match = tuple[int, int, int]
"""First word (or character), one past the last, and the number of the key."""


class Index(Protocol):
    """Distinct, non-empty keys, numbered in the order given. All indexes return the same matches, in any order."""

    def __len__(self) -> int:
        """Return the number of keys."""
        ...

    def find_many(self, words: NDArray[np.int64], form_of: Callable[[int], str]) -> list[Match]:
        """Return every run of words that spells a key, overlaps included.

        words: ids; an id means the same word in all calls. form_of: returns the word of an id, called for ids that are
            not in the index's cache. A word may be empty; no run begins or ends with an empty word.
        """
        ...

    def forget(self) -> None:
        """Clear the caches, which affect the time of a search, not its result."""
        ...

    def find_inside(self, text: str) -> list[Match]:
        """Return every occurrence of a key in a text, as characters, without regard to word boundaries."""
        ...


IndexBuilder = Callable[[Sequence[str]], Index]
