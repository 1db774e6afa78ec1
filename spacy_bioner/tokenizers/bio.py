"""A tokenizer that splits at every non-alphanumeric character, as the public CoNLL corpora of biomedical NER do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.vocab import Vocab

from ..errors import BionerError

CACHE_SIZE = 100_000


@lru_cache(maxsize=1)
def token_pattern() -> re.Pattern[str]:
    """Return the pattern whose matches are the tokens of a text.

    A token is a run of letters and digits (``3beta``), or one other character that is not white space; the underscore
    is such a character. A combining mark belongs to the character before it, as it does in Unicode's composed forms,
    so that a letter with its accent is one character however it is encoded.
    """
    marks = _character_class("M")
    return re.compile(rf"[^\W_]+(?:[{marks}]+[^\W_]*)*|\S[{marks}]*")


def _character_class(category: str) -> str:
    """Return the inside of a regex class with the code points of a general category, as ranges."""
    # Marks lie in these blocks only (combining marks start at U+0300, variation selectors end at U+E01EF).
    points = [*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)]
    members = [point for point in points if unicodedata.category(chr(point))[0] == category]
    ranges: list[list[int]] = []
    for point in members:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


class BioTokenizer(Tokenizer):
    """spaCy's own tokenizer with one rule, ``token_pattern``, and no language data.

    Special cases can be added with ``add_special_case`` and are saved, as in any spaCy tokenizer. White space follows
    spaCy's convention: one space after a token is the token's ``whitespace_``, all other white space is a token.

    max_cache_size: number of chunks between white space whose tokens are cached, some 0.3 KB each.
    """

    def __init__(
        self,
        vocab: Vocab,
        rules: dict[str, list[dict[int | str, Any]]] | None = None,
        max_cache_size: int = CACHE_SIZE,
    ) -> None:
        # spaCy skips an infix at the start of a chunk and takes the text up to the next infix as a token. Here the
        # infixes are the tokens themselves and leave no gaps, so that this text is the skipped token:
        #
        #   chunk    IL-2R,     infixes  IL  -  2R  ,     IL is skipped, and the text before "-" is IL
        super().__init__(vocab, rules=rules, infix_finditer=token_pattern().finditer, max_cache_size=max_cache_size)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.vocab, self.rules, self.max_cache_size)


def make_bio_tokenizer(max_cache_size: int = CACHE_SIZE) -> Callable[[Language], BioTokenizer]:
    """Return a function that creates a ``BioTokenizer`` for a pipeline: ``spacy-bioner.BioTokenizer.v1``.

    Raises B623 for an invalid size.
    """

    if isinstance(max_cache_size, bool) or not isinstance(max_cache_size, int) or max_cache_size < 0:
        wanted = "a whole number from 0 on"
        raise BionerError("B623", name="BioTokenizer", setting="max_cache_size", value=max_cache_size, wanted=wanted)

    def make(nlp: Language) -> BioTokenizer:
        return BioTokenizer(nlp.vocab, max_cache_size=max_cache_size)

    return make
