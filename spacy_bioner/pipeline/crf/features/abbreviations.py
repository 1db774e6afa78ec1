"""Features of short forms from the long forms that the document defines."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from ..schwartz_hearst import Abbreviation, find_abbreviations
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
        definitions: dict[tuple[str, ...], list[Abbreviation]] = defaultdict(list)
        for found in find_abbreviations(words):
            definitions[tuple(words[found.short_start : found.short_end])].append(found)
            for i in range(found.long_start, found.long_end):
                features[i].append("in-long")
            features[found.long_start].append("long-begins")
            features[found.long_end - 1].append("long-ends")
        # Look up by length, of which there are few: a document may define a thousand short forms that begin with "IL".
        lengths = sorted({len(short) for short in definitions})
        for i in range(len(words)):
            for length in lengths:
                of_short = definitions.get(tuple(words[i : i + length]))
                if of_short:
                    found = _definition_for(i, of_short)
                    borrowed = ["short", *(f"long:{name}" for name in of_word(words[found.long_end - 1]))]
                    for features_of_token in features[i : i + length]:
                        features_of_token.extend(borrowed)
        return features


def _definition_for(token: int, definitions: list[Abbreviation]) -> Abbreviation:
    before = bisect_right(definitions, token, key=lambda found: found.short_start)  # definitions are in text order
    return definitions[max(0, before - 1)]
