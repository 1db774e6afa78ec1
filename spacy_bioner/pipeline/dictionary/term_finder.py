"""Finds the terms of a table in Docs, whatever the tokenizer: every run of whole tokens that spells one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH, SPACY
from spacy.strings import StringStore
from spacy.tokens import Doc

from ...formats.alignment import AlignmentPolicy
from ...normalise import Normaliser, Spelling, glued
from .index import BREAK, IndexBuilder, Match
from .inside_tokens import InsideTokens, find_inside, fit_tokens
from .sentence_start import opens_sentence
from .terms import Term, build_table
from .words import Words, join_glued

Found = tuple[int, int, tuple[int, ...]]
"""First token, one past the last, and the rows of the term table that these tokens spell."""

_MEMO_SIZE = 200_000
_BATCH_TOKENS = 50_000
_SHORT = 2_000
"""Tokens up to which a Doc alone goes through ``Index.find``; measured by ``benchmarks/dictionary.py``."""
_DEAD_BITS = 20
_DEAD_SHIFT = np.uint64(64 - _DEAD_BITS)
_SPREAD = np.uint64(0xD6E8FEB86659FD93)
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


class _Memo:
    """What is remembered of tokens, by their ORTH, which is the same in every vocab.

    forms: their normal forms. spaced: those with a space inside, such as merged phrases. glued: those that may be no
    words (see ``normalise.glued``).
    """

    def __init__(self) -> None:
        self.forms: dict[int, str] = {0: BREAK}
        self.spaced: set[int] = set()
        self.glued: set[int] = set()


class TermFinder:
    """The terms with all that is needed to find them.

    keep: tells of a (normal form, term) whether it is to be found at all. build_index: see ``index``.
    inside, alignment: see ``inside_tokens``.
    table: the terms that are, by rows; see ``TermTable``.
    """

    def __init__(
        self,
        terms: Iterable[Term],
        normaliser: Normaliser,
        keep: Callable[[str, str], bool],
        build_index: IndexBuilder,
        inside: InsideTokens = "never",
        alignment: AlignmentPolicy = "expand",
    ) -> None:
        self.table, keys = build_table(terms, normaliser, keep)
        self.index = build_index(keys)
        self.normaliser = normaliser
        self.inside = inside
        self.alignment = alignment
        # Keys for which it is not enough that a single token has that normal form.
        self._checked = bytearray(not normaliser.hyphens or normaliser.is_short(key) for key in keys)
        self._short = bytearray(map(normaliser.is_short, keys))
        self.forget()

    def forget(self) -> None:
        """Empty what is remembered of texts: it changes the time that is needed, never what is found."""
        # Threads may share both: each entry is whole before it is put in, and a full memo is replaced, not emptied.
        self._memo = _Memo()
        self._dead = np.zeros(1 << _DEAD_BITS, dtype=np.uint64)
        self._dead_threes: set[tuple[int, ...]] = set()
        self._rows: dict[tuple[object, ...], tuple[int, ...]] = {}

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: all but what is remembered of texts."""
        return {
            name: value for name, value in vars(self).items() if name not in ("_memo", "_rows", "_dead", "_dead_threes")
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        """Take what ``__getstate__`` returned."""
        vars(self).update(state)
        self.forget()

    def _forms(self, orths: list[int], strings: StringStore) -> tuple[list[str], _Memo]:
        """Return the normal forms of tokens, whose texts are in ``strings``, and the memo that tells the rest."""
        memo = self._memo
        known = memo.forms
        try:
            return list(map(known.__getitem__, orths)), memo
        except KeyError:
            if len(known) >= _MEMO_SIZE:
                memo = self._memo = _Memo()
                known = memo.forms
        for orth in orths:
            if orth not in known:
                text = strings[orth]
                if len(text.split()) > 1:
                    memo.spaced.add(orth)
                if self.normaliser.unicode and glued(text):
                    memo.glued.add(orth)
                known[orth] = self.normaliser.word(text)
        return list(map(known.__getitem__, orths)), memo

    def find(self, docs: Sequence[Doc]) -> list[list[Found]]:
        """Return, for each Doc, all runs of tokens that spell terms, overlaps included, in the order of the text.

        The Docs share one vocab.
        """
        if self.inside != "never":
            return [self._find_with_inside(doc) for doc in docs]
        if len(docs) == 1 and len(docs[0]) <= _SHORT:
            return [self._find_alone(docs[0])]
        return self._find_together(docs) if docs else []

    def _find_alone(self, doc: Doc) -> list[Found]:
        """Find terms in one short Doc, word by word, but only from words that are not known to start none.

            the  patient  had  acute  renal  failure  .
            --- dead ---- --- dead -- |             ..      pairs of words from the first of which no term starts
                                      acute renal failure   from here the index is asked

        Most pairs of words of a new text were met before. That the words of a pair start nothing is remembered in a
        table of the hashes of pairs, in which a later one takes the place of an earlier; the same of three words in a
        set. A sum of two 64-bit hashes stands for the pair, as everywhere in spaCy one stands for a word.
        """
        orths: NDArray[Any] = doc.to_array(ORTH)
        pairs = orths * _SPREAD
        pairs[:-1] += orths[1:]
        places = pairs >> _DEAD_SHIFT
        alive = (self._dead[places] != pairs).nonzero()[0].tolist()
        if not alive:
            return []
        words = orths.tolist()
        dead = self._dead_threes
        alive = [i for i in alive if (*words[i : i + 3],) not in dead]
        if not alive:
            return []
        forms, memo = self._forms(words, doc.vocab.strings)
        if memo.glued and not memo.glued.isdisjoint(words):
            return self._find_glued(doc)
        matches: list[Match] = []
        for i in alive:
            here, looked_at = self.index.find_from(forms, i)
            if here:
                matches += here
            elif looked_at <= 2:
                self._dead[places[i]] = pairs[i]
            elif looked_at == 3:
                if len(dead) >= _MEMO_SIZE:
                    dead = self._dead_threes = set()
                dead.add((*words[i : i + 3],))
        return self._accept(Words(doc, words, doc.to_array(SPACY).tolist()), matches, memo) if matches else []

    def _find_together(self, docs: Sequence[Doc]) -> list[list[Found]]:
        both = np.concatenate([array for doc in docs for array in (doc.to_array(_ATTRIBUTES), _BREAK)])
        orths, spaces = both[:, 0].copy(), both[:, 1]
        distinct, words = np.unique(orths, return_inverse=True)
        forms, memo = self._forms(distinct.tolist(), docs[0].vocab.strings)
        apart = memo.glued and not memo.glued.isdisjoint(distinct.tolist())
        found: list[list[Found]] = []
        matches = sorted(self.index.find_many(forms, words))
        at, offset = 0, 0
        for doc in docs:
            end, first = offset + len(doc), at
            while at < len(matches) and matches[at][0] < end:
                at += 1
            if apart and not memo.glued.isdisjoint(orths[offset:end].tolist()):
                found.append(self._find_glued(doc))
            elif first == at:
                found.append([])
            else:
                here = [(start - offset, stop - offset, key) for start, stop, key in matches[first:at]]
                own = Words(doc, orths[offset:end].tolist(), spaces[offset:end].tolist())
                found.append(self._accept(own, here, memo))
            offset = end + 1
        return found

    def _find_glued(self, doc: Doc) -> list[Found]:
        """Find terms where tokens have to be joined to make words: see ``normalise.glued``."""
        words = join_glued(doc)
        forms = list(map(self.normaliser.word, words.texts))
        matches = [match for i in range(len(forms)) for match in self.index.find_from(forms, i)[0]]
        first = words.first
        return [(first[i], first[j], rows) for i, j, rows in self._accept(words, matches, None)]

    def find_inside(self, doc: Doc) -> list[tuple[int, int, tuple[int, ...]]]:
        """Return the matches that start or end within a token: first character, one past the last, rows."""
        words = join_glued(doc) if self.normaliser.unicode else Words(doc, doc.to_array(ORTH).tolist(), [])
        forms = [self.normaliser.word(words.text(i)) for i in range(len(words.orths))]
        found = []
        for start, stop, key in find_inside(words, forms, self.index, self.normaliser, self.inside):
            text = self.normaliser.spelling([doc.text[start:stop]], [False])
            if rows := self._agreeing(text, key):
                found.append((start, stop, rows))
        return found

    def _find_with_inside(self, doc: Doc) -> list[Found]:
        aligned = self._find_alone(doc) if len(doc) <= _SHORT else self._find_together([doc])[0]
        if self.alignment == "strict":
            return aligned
        inside = fit_tokens(doc, self.find_inside(doc), self.alignment)
        found = dict.fromkeys([*aligned, *((first, last, rows) for first, last, (_, _, rows) in inside)])
        return sorted(found, key=lambda match: match[:2])

    def _accept(self, words: Words, matches: list[Match], memo: _Memo | None) -> list[Found]:
        """Return the matches that spell their terms also in case and spaces, with the rows of those."""
        found = []
        for start, stop, key in matches:
            if stop - start == 1 and memo and not (self._checked[key] or words.orths[start] in memo.spaced):
                rows = self.table.rows(key)
            else:
                rows = self._rows_spelt(words, start, stop, key)
            if rows:
                found.append((start, stop, rows))
        return found

    def _rows_spelt(self, words: Words, start: int, stop: int, key: int) -> tuple[int, ...]:
        """Return those rows of a key that words with its normal form and with these spaces between them spell."""
        opens = bool(self._short[key]) and opens_sentence(words, start)
        written = (key, opens, *words.orths[start:stop], *words.spaces[start : stop - 1])
        rows = self._rows.get(written)
        if rows is None:
            spaces = [*map(bool, words.spaces[start : stop - 1]), False]
            text = self.normaliser.spelling([words.text(i) for i in range(start, stop)], spaces)
            rows = self._agreeing(text, key, opens)
            if len(self._rows) >= _MEMO_SIZE:
                self._rows = {}
            self._rows[written] = rows
        return rows

    def _agreeing(self, text: Spelling, key: int, opens: bool = False) -> tuple[int, ...]:
        spelling, agrees = self.normaliser.spelling, self.normaliser.agrees
        terms = ((row, spelling([self.table.term(row)], [False])) for row in self.table.rows(key))
        return tuple(row for row, term in terms if agrees(text, term, opens_sentence=opens))
