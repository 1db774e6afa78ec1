"""Context features from other occurrences of the same word in the document."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ....ml.check_settings import check_whole
from .block import DocBlock, WordFunction


@dataclass(kw_only=True)
class RepeatFeatures(DocBlock):
    """``spacy-bioner.RepeatFeatures.v1``: the neighbours of other occurrences of the word nearby.

    of: the word blocks whose features those neighbours give, with the prefix ``before:`` or ``after:``.
    distance: maximum distance of another occurrence in tokens. nearest: maximum number of occurrences used.
    common: number of most frequent words of the training text for which the block gives no features.

    After the context aggregation of Ratinov & Roth 2009 (section 5.1).
    """

    of: Sequence[str] = ("lower",)
    distance: int = 200
    nearest: int = 6
    common: int = 300
    ignored: frozenset[str] = field(default=frozenset(), init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("RepeatFeatures", distance=self.distance, nearest=self.nearest)
        check_whole("RepeatFeatures", least=0, common=self.common)

    def initialize(self, vocab: Vocab, examples: Sequence[Example]) -> None:
        """Count the words of the training text."""
        counts = Counter(token.text.lower() for example in examples for token in example.predicted)
        self.ignored = frozenset(word for word, _ in counts.most_common(self.common))

    def to_state(self) -> dict[str, Any]:
        """Return the excluded frequent words."""
        return {"ignored": sorted(self.ignored)}

    def from_state(self, state: dict[str, Any]) -> None:
        """Load the excluded frequent words."""
        self.ignored = frozenset(state["ignored"])

    def of_doc(self, doc: Doc, of_word: WordFunction) -> list[list[str]]:
        """Return the features of each token; none for a word that occurs once."""
        words = [token.text for token in doc]
        features: list[list[str]] = [[] for _ in words]
        places = defaultdict(list)
        for i, word in enumerate(words):
            if len(word) > 1 and any(map(str.isalpha, word)) and word.lower() not in self.ignored:
                places[word.lower()].append(i)
        for mentions in places.values():
            if len(mentions) < 2:
                continue
            around = {i: _around(words, i, of_word) for i in mentions}
            for i in mentions:
                others = self._others(i, mentions)
                if others:
                    borrowed = dict.fromkeys(name for other in others for name in around[other])
                    features[i] = ["again", *borrowed]
        return features

    def _others(self, i: int, mentions: list[int]) -> list[int]:
        """Return the nearest other occurrences within the distance."""
        here = bisect_left(mentions, i)
        # The nearest of a sorted list are among as many on its left and as many on its right.
        beside = mentions[max(0, here - self.nearest) : here] + mentions[here + 1 : here + 1 + self.nearest]
        near = [other for other in beside if abs(other - i) <= self.distance]
        return sorted(near, key=lambda other: abs(other - i))[: self.nearest]


def _around(words: Sequence[str], i: int, of_word: WordFunction) -> list[str]:
    before = [f"before:{name}" for name in of_word(words[i - 1])] if i else []
    return before + ([f"after:{name}" for name in of_word(words[i + 1])] if i + 1 < len(words) else [])
