"""Word pieces of tokens, as a transformer's own tokenizer cuts them, each distinct word once."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_REMEMBERED = 200_000
"""Pieces of so many words are remembered."""


class Pieces(NamedTuple):
    """ids: pieces of words, laid end to end, int64 (pieces,). counts: pieces of each word, (words,), at least 1."""

    ids: NDArray[np.int64]
    counts: NDArray[np.int64]


class WordPieces:
    """Splits words into pieces by a tokenizer of ``transformers``, with a cache.

    Each word is cut by itself, as in BioBERT's own NER (Lee et al. 2019) and under ``is_split_into_words``. A word of
    which the tokenizer leaves nothing, such as white space, is read as its unknown piece, so that every word has one.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}
        self._cutting = Lock()
        marked = tokenizer(["a"], is_split_into_words=True, return_special_tokens_mask=True)
        special = marked["special_tokens_mask"]
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
        """Return the pieces of some words, of each as often as it is given."""
        known = self._known  # one dictionary to the end, also if another thread starts a new one
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
        # A fast tokenizer raises "Already borrowed" where two threads use it at once.
        with self._cutting:
            # verbose: no word of the tokenizer about words longer than the model reads, which windows take care of
            cut = self.tokenizer(
                [[word] for word in words], is_split_into_words=True, add_special_tokens=False, verbose=False
            )
        return [tuple(ids) or (self.unknown,) for ids in cut["input_ids"]]

    def cut_texts(self, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """Return the pieces of whole texts, without special ones, and the characters that each piece stands for."""
        with self._cutting:
            cut = self.tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return list(zip(cut["input_ids"], cut["offset_mapping"], strict=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.tokenizer,)
