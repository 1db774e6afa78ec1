"""What a text itself says that a short form means."""

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
    """``spacy-bioner.AbbreviationFeatures.v1``: each mention of a short form borrows from its long form's last word.

    of: the word blocks whose features it borrows, with ``long:`` in front.

    The tokens of a long form know that they begin, continue or end one. Where a document defines a short form twice,
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
        # By the few lengths that short forms have: a document may define a thousand that begin with "IL".
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
    before = bisect_right(definitions, token, key=lambda found: found.short_start)  # they stand in order
    return definitions[max(0, before - 1)]
