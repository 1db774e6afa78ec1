"""Character n-grams of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....ml.check_settings import check_whole_list
from .block import WordBlock


@dataclass(kw_only=True)
class NgramFeatures(WordBlock):
    """``spacy-bioner.NgramFeatures.v1``: the character n-grams of the lower-case word between ``^`` and ``$``.

    lengths: in characters. Each distinct n-gram is one feature, regardless of its position in the word.
    """

    lengths: Sequence[int] = (3, 4)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole_list("NgramFeatures", lengths=self.lengths)

    def of_word(self, word: str) -> list[str]:
        """Return the n-grams in order of length, then of position."""
        word = f"^{word.lower()}$"
        grams = (word[i : i + n] for n in self.lengths if n > 0 for i in range(len(word) - n + 1))
        return [f"ngram={gram}" for gram in dict.fromkeys(grams)]
