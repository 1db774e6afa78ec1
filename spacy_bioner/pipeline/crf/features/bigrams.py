"""Features of word pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .block import PairBlock


@dataclass(kw_only=True)
class BigramFeatures(PairBlock):
    """``spacy-bioner.BigramFeatures.v1``: the features of two words, joined one to one.

    of: a word block that has the same number of features for every word, like words or clusters.
    pairs: by default the word before with the word, and the word with the next.
    """

    of: str = "lower"
    pairs: Sequence[Sequence[int]] = ((-1, 0), (0, 1))

    def of_pair(self, first: Sequence[str], second: Sequence[str]) -> list[str]:
        """Return the joined features, as many as the word with fewer features has."""
        return [f"{one}|{other}" for one, other in zip(first, second, strict=False)]
