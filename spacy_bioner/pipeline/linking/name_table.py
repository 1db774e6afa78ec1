"""The names that a linker knows, with their concepts: looked up by normal form or by their set of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from ...normalise import DIGITS, Normaliser, unify
from ..dictionary.strings import Strings
from ..dictionary.terms import Columns, Term, TermTable

ANY_LABEL = "*"
"""The label of names that fit mentions of any label."""

STEPS = ("unicode", "greek", "plural", "hyphens", "case")
_SPACES = re.compile(r"[\s\-\u00ad\u058a\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+")
_WORDS = re.compile(r"\w+")
_LITTLE = frozenset(["of", "the", "in", "and", "to", "with", "by", "for", "on", "a", "an", "at", "from", "due", "or"])


class Forms(NamedTuple):
    """The normalised forms by which names are compared.

    key: the normal form (``normalise``), without spaces. words: the same with a space between words. bag: the words in
    alphabetical order without prepositions, articles and punctuation, British spellings as American ones.
    """

    key: str
    words: str
    bag: str


class NameTable:
    """Rows of names, sorted by normal form; the number of a form is its key.

    words: the normal form of each key, with spaces, of the first of its names.

    terms: names with concepts; a name with several rows is ambiguous, a row with several ids is one composite concept.
    Rows that differ in ``times`` alone are merged.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self.normaliser = Normaliser(STEPS)
        self._word = lru_cache(200_000)(self._normal)
        columns = Columns(terms)
        first: dict[tuple[str, str, str], int] = {}
        for row, name in enumerate(zip(columns.terms, columns.labels, columns.concepts, strict=True)):
            kept = first.setdefault(name, row)
            if kept != row:
                columns.times[kept] += columns.times[row]
        rows = np.fromiter(first.values(), dtype=np.int64, count=len(first))
        del first
        # Hashes of 64 bits in sorted arrays in place of a dict of strings: 8 bytes a name. Among ten million names two
        # share a hash with a probability of some 3 in a million.
        hashes, bags = np.zeros(len(rows), dtype=np.uint64), np.zeros(len(rows), dtype=np.uint64)
        keep = np.zeros(len(rows), dtype=bool)
        words = []
        for i, row in enumerate(rows.tolist()):
            forms = self.forms(columns.terms[row])
            keep[i], hashes[i], bags[i] = bool(forms.key), hash_string(forms.key), hash_string(forms.bag)
            if forms.key:
                words.append(forms.words)
        hashes, bags = hashes[keep], bags[keep]
        self._hashes, place, number = np.unique(hashes, return_index=True, return_inverse=True)
        order = np.argsort(number, kind="stable")
        sizes = np.bincount(number, minlength=len(self._hashes))
        self.table = TermTable(columns, rows[keep][order].tolist(), sizes.tolist())
        self.words = Strings([words[i] for i in place.tolist()])
        bag_of_key = bags[place]
        self._by_bag = np.argsort(bag_of_key, kind="stable").astype(np.int32)
        self._bags = bag_of_key[self._by_bag]
        self._allowed: dict[str, np.ndarray | None] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.table)

    def __iter__(self) -> Iterator[Term]:
        return iter(self.table)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_word"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._word = lru_cache(200_000)(self._normal)

    @property
    def keys(self) -> int:
        """The number of distinct normal forms."""
        return len(self._hashes)

    def forms(self, name: str) -> Forms:
        """Return the normalised forms of a name."""
        name = unify(name)
        spread = name.replace("-", " ") if name.isascii() else _SPACES.sub(" ", name)
        normal = [self._word(word) for word in spread.split()]
        spaced = " ".join([word for word, _ in normal])
        key = spaced.replace(" ", "")
        bag = sorted({part for _, parts in normal for part in parts})
        if DIGITS in spaced:
            spaced = spaced.replace(DIGITS, "")
        return Forms(key, spaced, " ".join(bag) or spaced)

    def _normal(self, word: str) -> tuple[str, tuple[str, ...]]:
        """Return the normal form of a word, and the words in it that are compared in any order."""
        normal = self.normaliser.word(word)
        parts = _WORDS.findall(normal.replace(DIGITS, ""))
        return normal, tuple(_american(part) for part in parts if part not in _LITTLE)

    def by_key(self, forms: Forms) -> Sequence[int]:
        """Return the key of a normal form in a list, which is empty if no name has this form."""
        hashed = np.uint64(hash_string(forms.key))
        place = int(np.searchsorted(self._hashes, hashed))
        return [place] if place < len(self._hashes) and self._hashes[place] == hashed else []

    def by_bag(self, forms: Forms) -> Sequence[int]:
        """Return the keys of names with the same words."""
        hashed = np.uint64(hash_string(forms.bag))
        ends = (int(np.searchsorted(self._bags, hashed, side)) for side in ("left", "right"))
        return self._by_bag[slice(*ends)].tolist()

    def rows(self, keys: Iterable[int], label: str) -> list[int]:
        """Return the rows of these keys whose label fits the label of a mention."""
        any_fits = label not in self.table.labels
        rows = [row for key in keys for row in self.table.rows(key)]
        return [row for row in rows if any_fits or self.table.label(row) in (label, ANY_LABEL)]

    def allowed(self, label: str) -> np.ndarray | None:
        """Return which keys have a row whose label fits the label of a mention; None if all have."""
        known = self._allowed  # another thread may replace it by one without this label
        if label not in known:
            # As in `rows`: a label that no name has is not compared.
            fits = {label, ANY_LABEL} if label in self.table.labels else set(self.table.labels)
            if fits >= set(self.table.labels):
                mask = None
            else:
                good = np.array([name in fits for name in self.table.labels])
                mask = np.logical_or.reduceat(good[self.table.label_numbers()], self.table.first_rows())
            known = self._allowed = {**known, label: mask}  # not changed in place: other threads read it
        return known[label]


def _american(word: str) -> str:
    return word.replace("ae", "e").replace("oe", "e").replace("our", "or") if len(word) > 4 else word
