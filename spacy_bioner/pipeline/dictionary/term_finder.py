"""Finds the terms of a table in Docs, whatever the tokenizer: every run of whole tokens that spells one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

import numpy as np
from spacy.attrs import ORTH, SPACY
from spacy.strings import StringStore
from spacy.tokens import Doc

from ...normalise import Normaliser
from .matcher import BREAK, KeyMatcher
from .terms import Term, build_table

Found = tuple[int, int, tuple[int, ...]]
"""First token, one past the last, and the rows of the term table that these tokens spell."""

_MEMO_SIZE = 200_000
_BATCH_TOKENS = 50_000
_ATTRIBUTES = [ORTH, SPACY]
_BREAK = np.zeros((1, 2), dtype=np.uint64)
"""Put after each Doc: ORTH 0, which no token has, stands for BREAK."""


def batch_docs(docs: Iterable[Doc], size: int = 1000) -> Iterator[list[Doc]]:
    """Yield the Docs in lists of at most ``size``, ended sooner by the Doc with which they reach 50,000 tokens.

    Those of a list share one vocab.
    """
    batch: list[Doc] = []
    tokens = 0
    for doc in docs:
        if batch and doc.vocab is not batch[0].vocab:
            yield batch
            batch, tokens = [], 0
        batch.append(doc)
        tokens += len(doc)
        if len(batch) >= size or tokens >= _BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch


class _Forms:
    """The normal form of each token by its ORTH, computed at the first look-up; threads may share it."""

    def __init__(self, normaliser: Normaliser) -> None:
        self.normaliser = normaliser
        self.known: dict[int, str] = {}
        self.spaced: set[int] = set()
        """Tokens with a space inside, such as merged phrases."""

    def of(self, orths: list[int], strings: StringStore) -> list[str]:
        """Return the normal forms of distinct tokens, whose texts are in ``strings``."""
        known = self.known
        if len(known) >= _MEMO_SIZE:
            known = self.known = {}  # not cleared: other threads read it
        forms = list(map(known.get, orths))
        for i, form in enumerate(forms):
            if form is None:
                forms[i] = known[orths[i]] = self._compute(orths[i], strings)
        return forms  # type: ignore[return-value]

    def _compute(self, orth: int, strings: StringStore) -> str:
        if not orth:
            return BREAK
        word = strings[orth]
        if len(word.split()) > 1:
            self.spaced.add(orth)
        return self.normaliser.word(word)


class TermFinder:
    """The terms with all that is needed to find them.

    keep: tells of a (normal form, term) whether it is to be found at all.
    table: the terms that are, by rows; see ``TermTable``.
    """

    def __init__(self, terms: Iterable[Term], normaliser: Normaliser, keep: Callable[[str, str], bool]) -> None:
        self.table, keys = build_table(terms, normaliser, keep)
        self._matcher = KeyMatcher(keys)
        self._normaliser = normaliser
        self._forms = _Forms(normaliser)
        # Keys for which it is not enough that a single token has that normal form.
        self._checked = bytearray(not normaliser.hyphens or normaliser.is_short(key) for key in keys)
        self._rows: dict[tuple[int, ...], tuple[int, ...]] = {}

    def find(self, docs: Sequence[Doc]) -> list[list[Found]]:
        """Return, for each Doc, all runs of tokens that spell terms, overlaps included, in the order of the text.

        The Docs share one vocab.
        """
        if not docs:
            return []
        strings = docs[0].vocab.strings
        both = np.concatenate([array for doc in docs for array in (doc.to_array(_ATTRIBUTES), _BREAK)])
        orths, spaces = both[:, 0].copy(), both[:, 1]
        distinct, words = np.unique(orths, return_inverse=True)
        forms = self._forms.of(distinct.tolist(), strings)
        offsets = [0, *accumulate(len(doc) + 1 for doc in docs)]
        found: list[list[Found]] = [[] for _ in docs]
        spaced = self._forms.spaced
        i = 0
        for start, stop, key in sorted(self._matcher.find(forms, words)):
            if stop - start == 1 and not (self._checked[key] or (spaced and int(orths[start]) in spaced)):
                rows = self.table.rows(key)
            else:
                written = orths[start:stop].tolist()
                rows = self._rows_spelt(written, spaces[start : stop - 1].tolist(), key, strings)
            while start >= offsets[i + 1]:
                i += 1
            if rows:
                found[i].append((start - offsets[i], stop - offsets[i], rows))
        return found

    def _rows_spelt(
        self, orths: Sequence[int], spaces: Sequence[int], key: int, strings: StringStore
    ) -> tuple[int, ...]:
        """Return those rows of a key that tokens with its normal form and with these spaces between them spell."""
        written = (*orths, *spaces)
        rows = self._rows.get(written)
        if rows is None:
            spelling, agrees = self._normaliser.spelling, self._normaliser.agrees
            text = spelling([strings[orth] for orth in orths], [*map(bool, spaces), False])
            terms = ((row, spelling([self.table.term(row)], [False])) for row in self.table.rows(key))
            rows = tuple(row for row, term in terms if agrees(text, term))
            if len(self._rows) >= _MEMO_SIZE:
                self._rows.clear()
            self._rows[written] = rows
        return rows
