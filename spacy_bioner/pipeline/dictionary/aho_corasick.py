"""Search for keys by an automaton over characters (Aho & Corasick 1975), with pyahocorasick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .index import IndexBuilder, Match
from .strings import Strings


class AhoCorasick:
    """Distinct, non-empty keys in an automaton; see ``index.Index``.

    It reads a text once, whatever the number of keys, and finds every occurrence of a key, also within words. Each
    character of each key is a node of some tens of bytes: a million terms take a gigabyte.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        import ahocorasick

        self._keys = Strings(keys)
        self._automaton: Any = ahocorasick.Automaton()
        for number, key in enumerate(keys):
            self._automaton.add_word(key, (number, len(key)))
        self._automaton.make_automaton()

    def __reduce__(self) -> tuple[type[AhoCorasick], tuple[list[str]]]:
        """Pickle the keys only: building the automaton again takes half the time of reading a saved one."""
        return AhoCorasick, ([self._keys[i] for i in range(len(self))],)

    def __len__(self) -> int:
        return len(self._keys)

    def find_inside(self, text: str) -> list[Match]:
        """Return every occurrence of a key in a text, as characters."""
        if not len(self):
            return []
        # Not iter_long(): it leaves out matches inside longer ones, and a longer one may be rejected later, because it
        # does not end at a word boundary.
        return [(end + 1 - length, end + 1, number) for end, (number, length) in self._automaton.iter(text)]

    def forget(self) -> None:
        """Do nothing: there is no cache."""

    def find_many(self, words: NDArray[np.int64], form_of: Callable[[int], str]) -> list[Match]:
        """Return every run of words that spells a key, found in one scan of the joined words."""
        if not len(self):
            return []
        spelt = [form_of(word) for word in words.tolist()]
        filled = [i for i, word in enumerate(spelt) if word]
        written = list(filter(None, spelt))
        ends = list(accumulate(map(len, written)))
        # A match counts if it starts and ends where words do. word_at maps the end of a word to its number, and the
        # word before a start is the one that ends there.
        word_at = {0: -1} | {end: i for i, end in enumerate(ends)}
        matches = []
        for last, (number, length) in self._automaton.iter("".join(written)):
            stop = word_at.get(last + 1)
            start = word_at.get(last + 1 - length)
            if stop is not None and start is not None:
                matches.append((filled[start + 1], filled[stop] + 1, number))
        return matches


def make_aho_corasick() -> IndexBuilder:
    """Return the builder of this index; registered as ``spacy-bioner.AhoCorasick.v1``."""
    return AhoCorasick
