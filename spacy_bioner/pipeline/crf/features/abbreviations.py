"""What a text itself says that a short form means."""

from __future__ import annotations

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
        by_first = defaultdict(list)
        for short in definitions:
            by_first[short[0]].append(short)
        for i, word in enumerate(words):
            for short in by_first.get(word, ()):
                if tuple(words[i : i + len(short)]) == short:
                    found = _definition_for(i, definitions[short])
                    borrowed = ["short", *(f"long:{name}" for name in of_word(words[found.long_end - 1]))]
                    for features_of_token in features[i : i + len(short)]:
                        features_of_token.extend(borrowed)
        return features


def _definition_for(token: int, definitions: list[Abbreviation]) -> Abbreviation:
    before = [found for found in definitions if found.short_start <= token]
    return before[-1] if before else definitions[0]
