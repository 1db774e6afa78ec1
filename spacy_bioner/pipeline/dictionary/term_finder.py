"""Search for the terms of a table in Docs: every run of whole tokens that spells a term, with any tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.tokens import Doc

from ...documents.alignment import AlignmentPolicy
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
_UNSIGNED = (1 << 64) - 1
_BREAK = np.zeros(1, dtype=np.int64)
"""Put between two Docs: ORTH 0, which no token has, means BREAK."""


def batch_docs(docs: Iterable[Doc], size: int = 1000) -> Iterator[list[Doc]]:
    """Yield the Docs in lists of at most ``size`` Docs; a list also ends when it has 50,000 tokens or more.

    The Docs of a list share one vocab.
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


class _Forms(dict[int, str]):
    """A cache of the normal forms of tokens by ORTH, which is the same in every vocab; 0, no token's ORTH, is BREAK.

    spaced: tokens with a space inside, such as merged phrases. glued: tokens that may be parts of words (see
    ``normalise.glued``). These two are never cleared, because the index does not ask again for words in its own cache.
    """

    def __init__(self, normaliser: Normaliser) -> None:
        super().__init__()
        self.normaliser = normaliser
        self.spaced: set[int] = set()
        self.glued: set[int] = set()

    def compute(self, orth: int, text: str) -> str:
        """Return the normal form of a token and cache it. Threads may call it at the same time."""
        if not orth:
            return BREAK
        if len(self) >= _MEMO_SIZE:
            self.clear()
        if not text.isalnum() or not text.isascii():
            if len(text.split()) > 1:
                self.spaced.add(orth)
            if self.normaliser.unicode and glued(text):
                self.glued.add(orth)
        form = self[orth] = self.normaliser.word(text)
        return form


class TermFinder:
    """The terms, with the index and the caches to find them.

    keep: returns whether a (normal form, term) is used at all. build_index: see ``index``.
    inside, alignment: see ``inside_tokens``.
    table: the terms that are used, by rows; see ``TermTable``.
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
        # Keys for which an equal normal form of a single token is not enough: case or hyphens must be compared too.
        self._checked = bytearray(not normaliser.hyphens or normaliser.is_short(key) for key in keys)
        self._short = bytearray(map(normaliser.is_short, keys))
        self.forget()

    def forget(self) -> None:
        """Clear the caches, which affect the time of a search, not its result."""
        # Threads may share the caches: an entry is complete before it is stored.
        self._forms = _Forms(self.normaliser)
        self._rows: dict[tuple[object, ...], tuple[int, ...]] = {}
        self.index.forget()

    def __getstate__(self) -> dict[str, object]:
        """Return the state to pickle: everything except the caches."""
        return {name: value for name, value in vars(self).items() if name not in ("_forms", "_rows")}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Load the state of ``__getstate__``, with empty caches."""
        vars(self).update(state)
        self.forget()

    def _form_of(self, text_of: Callable[[int], str]) -> Callable[[int], str]:
        """Return a function from the signed ORTH of a word to its normal form; ``text_of`` returns its text."""
        known, compute = self._forms.get, self._forms.compute

        def form_of(orth: int) -> str:
            form = known(orth)
            return compute(orth, text_of(orth) if orth else "") if form is None else form

        return form_of

    def find(self, docs: Sequence[Doc]) -> list[list[Found]]:
        """Return, for each Doc, all runs of tokens that spell terms, overlaps included, in the order of the text.

        The Docs share one vocab.
        """
        if self.inside != "never":
            return [self._find_with_inside(doc) for doc in docs]
        return self._find_in_tokens(docs) if docs else []

    def _find_in_tokens(self, docs: Sequence[Doc]) -> list[list[Found]]:
        # One array for all Docs, with a BREAK between two, because a call of numpy costs as much as several tokens.
        orths: NDArray[np.int64] = docs[0].to_array(ORTH).view(np.int64)
        if len(docs) > 1:
            rest = (array for doc in docs[1:] for array in (_BREAK, doc.to_array(ORTH).view(np.int64)))
            orths = np.concatenate([orths, *rest])
        strings = docs[0].vocab.strings
        matches = self.index.find_many(orths, self._form_of(lambda orth: strings[orth & _UNSIGNED]))
        glued = self._forms.glued
        apart = bool(glued) and not glued.isdisjoint(orths.tolist())
        if not matches and not apart:
            return [[] for _ in docs]
        matches.sort()
        found: list[list[Found]] = []
        at, offset = 0, 0
        for doc in docs:
            end, first = offset + len(doc), at
            while at < len(matches) and matches[at][0] < end:
                at += 1
            if apart and not glued.isdisjoint(orths[offset:end].tolist()):
                found.append(self._find_glued(doc))
            elif first == at:
                found.append([])
            else:
                here = [(start - offset, stop - offset, key) for start, stop, key in matches[first:at]]
                found.append(self._accept(Words(doc, orths[offset:end]), here))
            offset = end + 1
        return found

    def _find_glued(self, doc: Doc) -> list[Found]:
        """Find terms in a Doc whose tokens must be joined to words: see ``normalise.glued``."""
        words = join_glued(doc)
        texts = dict(zip(words.orths.tolist(), words.texts, strict=True))
        matches = self.index.find_many(words.orths, self._form_of(texts.__getitem__))
        first = words.first
        return [(first[i], first[j], rows) for i, j, rows in self._accept(words, matches)]

    def find_inside(self, doc: Doc) -> list[tuple[int, int, tuple[int, ...]]]:
        """Return the matches that start or end within a token: first character, one past the last, rows."""
        words = join_glued(doc) if self.normaliser.unicode else Words(doc, doc.to_array(ORTH).view(np.int64))
        forms = [self.normaliser.word(words.text(i)) for i in range(len(words.orths))]
        found = []
        for start, stop, key in find_inside(words, forms, self.index, self.normaliser, self.inside):
            text = self.normaliser.spelling([doc.text[start:stop]], [False])
            if rows := self._agreeing(text, key):
                found.append((start, stop, rows))
        return found

    def _find_with_inside(self, doc: Doc) -> list[Found]:
        (aligned,) = self._find_in_tokens([doc])
        if self.alignment == "strict":
            return aligned
        inside = fit_tokens(doc, self.find_inside(doc), self.alignment)
        found = dict.fromkeys([*aligned, *((first, last, rows) for first, last, (_, _, rows) in inside)])
        return sorted(found, key=lambda match: match[:2])

    def _accept(self, words: Words, matches: list[Match]) -> list[Found]:
        """Return the matches that agree with terms in case and spaces too, with the rows of these terms."""
        found = []
        for start, stop, key in matches:
            if stop - start == 1 and not (self._checked[key] or words.orths.item(start) in self._forms.spaced):
                rows = self.table.rows(key)
            else:
                rows = self._rows_spelt(words, start, stop, key)
            if rows:
                found.append((start, stop, rows))
        return found

    def _rows_spelt(self, words: Words, start: int, stop: int, key: int) -> tuple[int, ...]:
        """Return the rows of a key whose terms these words, which have its normal form, spell with their spaces."""
        opens = bool(self._short[key]) and opens_sentence(words, start)
        spaces = [words.space(i) for i in range(start, stop - 1)]
        written = (key, opens, *words.orths[start:stop].tolist(), *spaces)
        rows = self._rows.get(written)
        if rows is None:
            text = self.normaliser.spelling([words.text(i) for i in range(start, stop)], [*spaces, False])
            rows = self._agreeing(text, key, opens)
            if len(self._rows) >= _MEMO_SIZE:
                self._rows = {}
            self._rows[written] = rows
        return rows

    def _agreeing(self, text: Spelling, key: int, opens: bool = False) -> tuple[int, ...]:
        spelling, agrees = self.normaliser.spelling, self.normaliser.agrees
        terms = ((row, spelling([self.table.term(row)], [False])) for row in self.table.rows(key))
        return tuple(row for row, term in terms if agrees(text, term, opens_sentence=opens))
