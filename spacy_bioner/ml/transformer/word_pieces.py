"""Word pieces of tokens from a transformer's own tokenizer, computed once per distinct word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_REMEMBERED = 200_000
"""Size of the cache, in words."""


class Pieces(NamedTuple):
    """ids: pieces of words, concatenated, int64 (pieces,). counts: pieces of each word, (words,), at least 1."""

    ids: NDArray[np.int64]
    counts: NDArray[np.int64]


class PairFrame(NamedTuple):
    """The special pieces around two texts in one sequence, such as a question and its context.

    before, between, after: special pieces. types: token type ids, which tell the first text from the second: lists in
    the order before, first, between, second, after; empty if the tokenizer has none.
    """

    before: list[int]
    between: list[int]
    after: list[int]
    types: list[list[int]]


class WordPieces:
    """Splits words into pieces by a tokenizer of ``transformers``, with a cache.

    Each word is split by itself, as in BioBERT's own NER (Lee et al. 2019) and with ``is_split_into_words``. A word
    without pieces, such as white space, gets the unknown piece, so that every word has at least one.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}
        self._cutting = Lock()
        self._frame: PairFrame | None = None
        marked = tokenizer(["a"], is_split_into_words=True, return_special_tokens_mask=True)
        special = marked["special_tokens_mask"]  # 1 0 1 for [CLS] a [SEP]
        first = special.index(0)
        end = len(special) - special[::-1].index(0)
        self.before: list[int] = marked["input_ids"][:first]
        """Special pieces at the start of a window: [CLS]."""
        self.after: list[int] = marked["input_ids"][end:]
        """Special pieces at its end: [SEP]."""
        self.pad: int = tokenizer.pad_token_id or 0
        unknown = tokenizer.unk_token_id
        self.unknown: int = unknown if unknown is not None else self.after[-1]

    def cut(self, words: Sequence[str]) -> Pieces:
        """Return the pieces of each of these words, in order."""
        known = self._known  # the same dictionary until the end, even if another thread replaces it
        new = [word for word in dict.fromkeys(words) if word not in known]
        if len(known) + len(new) > _REMEMBERED:
            known = self._known = {}
            new = list(dict.fromkeys(words))
        if new:
            known.update(zip(new, self._cut(new), strict=True))
        found = [known[word] for word in words]
        return Pieces(
            np.array([piece for ids in found for piece in ids], dtype=np.int64),
            np.array([len(ids) for ids in found], dtype=np.int64),
        )

    def _cut(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        # A fast tokenizer raises "Already borrowed" if two threads use it at once.
        with self._cutting:
            # verbose=False: no warning about sequences longer than the model's maximum, which windows handle.
            cut = self.tokenizer(
                [[word] for word in words], is_split_into_words=True, add_special_tokens=False, verbose=False
            )
        return [tuple(ids) or (self.unknown,) for ids in cut["input_ids"]]

    def cut_texts(self, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """Return the pieces of whole texts, without special ones, and the characters of each piece."""
        with self._cutting:
            cut = self.tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return list(zip(cut["input_ids"], cut["offset_mapping"], strict=True))

    def pair_frame(self) -> PairFrame:
        """Return the special pieces that the tokenizer puts around two texts."""
        if self._frame is None:
            with self._cutting:
                marked = self.tokenizer("a", "a", return_special_tokens_mask=True)
            special, ids = marked["special_tokens_mask"], marked["input_ids"]
            # Runs of special pieces and of others: before, first text, between, second text, after.
            edges = [0, *(i for i in range(1, len(ids)) if special[i] != special[i - 1]), len(ids)]
            runs = [slice(start, end) for start, end in pairwise(edges)]
            types = marked.get("token_type_ids")
            of_runs = [types[run] for run in runs] if types is not None else []
            self._frame = PairFrame(ids[runs[0]], ids[runs[2]], ids[runs[4]], of_runs)
        return self._frame

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.tokenizer,)
