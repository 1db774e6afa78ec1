"""Words that replace each other in the names of a terminology: tumor and neoplasm, kidney and renal.

Two names of one concept that differ in one word show that the two words can replace each other:

    kidney failure   ->  ... failure  <-  renal failure

What happens in several concepts is likely to hold in others: "renal artery aneurysm" where only "kidney artery
aneurysm" is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations
from threading import Lock
from typing import Any

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from .name_table import NameTable

_LEAST = 3
"""Concepts in whose names two words replace each other."""
_STEPS = 2
"""Words of a mention that are replaced at once."""
_MOST = 200
"""Sets of words that are tried for a mention, at most."""


class Replacements:
    """The words that can replace a word, learnt from the names of a table when they are first needed."""

    def __init__(self, names: NameTable) -> None:
        self._names = names
        self._of: dict[str, list[tuple[str, int]]] | None = None
        self._learning = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_learning"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._learning = Lock()

    def of(self, word: str) -> Sequence[tuple[str, int]]:
        """Return the words that can replace a word, each with the number of concepts that show it, most first."""
        # Half of the time that a linker takes to load, where most mentions are spelt like a name and need none of it.
        if self._of is None:
            with self._learning:
                if self._of is None:  # no other thread has learnt it meanwhile
                    self._of = _learn(self._names)
        return self._of.get(word, ())

    def __call__(self, bag: str) -> Iterator[list[str]]:
        """Yield the sets of words with one word replaced, the surest first, then those with two; as sorted texts."""
        level = {tuple(bag.split()): 1 << 30}
        tried = set(level)
        for _ in range(_STEPS):
            more: dict[tuple[str, ...], int] = {}
            for words, sure in level.items():
                for i, word in enumerate(words):
                    for new, number in self.of(word):
                        changed = tuple(sorted({*words[:i], new, *words[i + 1 :]}))
                        if changed not in tried:
                            more[changed] = max(min(sure, number), more.get(changed, 0))
            tried.update(more)
            level = dict(sorted(more.items(), key=lambda item: -item[1])[:_MOST])
            if level:
                yield [" ".join(words) for words in level]


def _learn(names: NameTable) -> dict[str, list[tuple[str, int]]]:
    times: Counter[tuple[str, str]] = Counter()
    for bags in _bags_of_concepts(names):
        times.update(_exchanged(bags))
    found: dict[str, list[tuple[str, int]]] = {}
    for (old, new), number in sorted(times.items(), key=lambda item: (-item[1], item[0])):
        if number >= _LEAST:
            found.setdefault(old, []).append((new, number))
    return found


def _bags_of_concepts(names: NameTable) -> Iterator[set[frozenset[str]]]:
    """Yield the sets of words of the names of each concept that has several."""
    # Sorted hashes in place of a dict of lists: a million names in 16 MB.
    table = names.table
    concepts = np.array([hash_string(table[row].concepts) for row in range(len(table))], dtype=np.uint64)
    order = np.argsort(concepts, kind="stable")
    starts = np.flatnonzero(np.diff(concepts[order])) + 1
    for rows in np.split(order, starts):
        if len(rows) > 1:
            yield {frozenset(names.forms(table.term(row)).bag.split()) for row in rows.tolist()}


def _exchanged(bags: set[frozenset[str]]) -> set[tuple[str, str]]:
    """Return the pairs of words by which two of these sets of words differ."""
    others: dict[frozenset[str], set[str]] = {}
    for bag in bags:
        for word in bag:
            rest = bag - {word}
            if rest:
                others.setdefault(rest, set()).add(word)
    return {pair for words in others.values() if len(words) > 1 for pair in permutations(words, 2)}
