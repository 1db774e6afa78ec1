"""Prefixes and suffixes of words: ``-itis`` and ``-oma`` suggest diseases, ``-ine`` and ``-ol`` chemicals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....ml.check_settings import check_whole_list
from .block import WordBlock


@dataclass(kw_only=True)
class AffixFeatures(WordBlock):
    """``spacy-bioner.AffixFeatures.v1``: prefixes and suffixes of the lower-case word.

    prefixes, suffixes: their lengths in characters; lengths above the word's own are skipped.
    """

    prefixes: Sequence[int] = (1, 2, 3, 4, 5)
    suffixes: Sequence[int] = (1, 2, 3, 4, 5)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole_list("AffixFeatures", prefixes=self.prefixes, suffixes=self.suffixes)

    def of_word(self, word: str) -> list[str]:
        """Return the prefixes, then the suffixes."""
        word = word.lower()
        return [
            *(f"prefix={word[:n]}" for n in self.prefixes if 0 < n <= len(word)),
            *(f"suffix={word[-n:]}" for n in self.suffixes if 0 < n <= len(word)),
        ]
