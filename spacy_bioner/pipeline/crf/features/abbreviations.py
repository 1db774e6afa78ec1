"""Features of short forms from the long forms that the document defines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from ...abbreviations.schwartz_hearst import find_abbreviations, find_occurrences
from .block import DocBlock, WordFunction


@dataclass(kw_only=True)
class AbbreviationFeatures(DocBlock):
    """``spacy-bioner.AbbreviationFeatures.v1``: a short form gets features of its long form's last word.

    of: the word blocks whose features are used, with the prefix ``long:``.

    The tokens of a long form have a feature for their position in it. Where a document defines a short form twice,
    a mention belongs to the last definition before it, or else to the first after it.
    """

    of: Sequence[str] = ("lower", "affixes", "clusters")

    def of_doc(self, doc: Doc, of_word: WordFunction) -> list[list[str]]:
        """Return the features of each token; most have none."""
        words = [token.text for token in doc]
        features: list[list[str]] = [[] for _ in words]
        definitions = list(find_abbreviations(words))
        for found in definitions:
            for i in range(found.long_start, found.long_end):
                features[i].append("in-long")
            features[found.long_start].append("long-begins")
            features[found.long_end - 1].append("long-ends")
        for start, end, found in find_occurrences(words, definitions):
            borrowed = ["short", *(f"long:{name}" for name in of_word(words[found.long_end - 1]))]
            for features_of_token in features[start:end]:
                features_of_token.extend(borrowed)
        return features
