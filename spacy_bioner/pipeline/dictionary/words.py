"""The words of a Doc: its tokens, or joined tokens if the tokenizer split a word at an accent."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from spacy.strings import get_string_id
from spacy.tokens import Doc

from ...normalise import glued


class Words:
    """The tokens of a Doc as words.

    orths: the ORTH of each, as signed numbers.
    """

    def __init__(self, doc: Doc, orths: NDArray[np.int64]) -> None:
        self.doc = doc
        self.orths = orths

    def space(self, i: int) -> bool:
        """Return whether a space follows a word."""
        return bool(self.doc[i].whitespace_)

    @cached_property
    def has_sentences(self) -> bool:
        """Whether sentence starts are set. Cached, because spaCy reads the whole Doc if they are not."""
        return self.doc.has_annotation("SENT_START")

    def text(self, i: int) -> str:
        """Return a word."""
        return self.doc[i].text

    def token(self, i: int) -> int:
        """Return the first token of a word."""
        return i

    def idx(self, i: int) -> int:
        """Return the place of a word in the text."""
        return self.doc[self.token(i)].idx


class JoinedWords(Words):
    """Tokens joined to words.

    first: the first token of each word, and one past the last token. texts: the words.
    """

    def __init__(self, doc: Doc, first: list[int]) -> None:
        texts = [token.text for token in doc]
        self.first = first
        self.texts = ["".join(texts[i:j]) for i, j in pairwise(first)]
        # The hash that their ORTH would be if they were tokens.
        super().__init__(doc, np.array(list(map(get_string_id, self.texts)), dtype=np.uint64).view(np.int64))

    def space(self, i: int) -> bool:
        """Return whether a space follows a word."""
        return bool(self.doc[self.first[i + 1] - 1].whitespace_)

    def text(self, i: int) -> str:
        """Return a word."""
        return self.texts[i]

    def token(self, i: int) -> int:
        """Return the first token of a word."""
        return self.first[i]


def join_glued(doc: Doc) -> JoinedWords:
    """Return the words of a Doc with ``glued`` tokens, so that no word ends between a letter and its accent.

    A token is joined to the one before it, if there is no space between them, and if it starts with an accent or a
    joiner or the one before ends in a joiner.
    """
    first = []
    joined = False
    for token in doc:
        text = token.text
        if not (token.i and not doc[token.i - 1].whitespace_ and (joined or glued(text[:1]))):
            first.append(token.i)
        joined = is_joiner(text[-1:])
    return JoinedWords(doc, [*first, len(doc)])


def is_joiner(character: str) -> bool:
    """Return whether a character at the end of a token joins it to the next."""
    return glued(f"-{character}")
