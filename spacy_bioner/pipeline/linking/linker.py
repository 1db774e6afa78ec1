"""Candidate concepts of a mention: by spelling, by the long form of an abbreviation, by similar names.

The stages, each with the score of a name that is found in it:

    1.00  a name written like the mention
    0.98  a name of the same normal form (``normalise``)
    0.96  one of these for the mention with its abbreviations expanded; tried first if the text defines them
    0.92  a name of the same words in any order, without prepositions
    0.90  times the cosine of the character trigrams (TF-IDF): similar names

If a name has several concepts, each gets the score of the stage times its share of the mentions with that name. A
candidate of a later stage never gets a higher score than one of an earlier stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...normalise import fold
from .name_table import Forms, NameTable
from .ngram_index import NgramIndex

WRITTEN, SPELT, EXPANDED, REORDERED, ALIKE = 1.0, 0.98, 0.96, 0.92, 0.90
_MEMO_SIZE = 200_000
_NAMES_EACH = 8
"""Similar names that are retrieved for each candidate requested: a concept has several names."""


class Candidate(NamedTuple):
    """A concept (a composite one: several ids joined by ``|``) and its score from 0 to 1."""

    concept: str
    score: float


class Query(NamedTuple):
    """A mention's text and label, and its text with abbreviations expanded ("" if it has none)."""

    text: str
    label: str
    expanded: str = ""


class Linker:
    """Find candidates among the names of a table.

    candidates: maximum number of candidates. fill: add similar names if spelling alone gave fewer.
    """

    def __init__(self, names: NameTable, *, candidates: int = 5, fill: bool = True) -> None:
        self.names = names
        self.index = NgramIndex([names.words_of(key) for key in range(names.keys)])
        self.candidates = candidates
        self.fill = fill
        self._memo: dict[Query, list[Candidate]] = {}

    def link(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        """Return the candidates of each mention, best first."""
        memo = self._memo
        new = list(dict.fromkeys(query for query in queries if query not in memo))
        found = dict(zip(new, self._link(new), strict=True))
        result = [found[query] if query in found else memo[query] for query in queries]
        kept = memo if len(memo) + len(found) <= _MEMO_SIZE else {}
        self._memo = {**kept, **found} if found else memo  # not changed in place: other threads read it
        return result

    def _link(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        found = [self._by_spelling(query) for query in queries]
        left = [i for i, some in enumerate(found) if not some or (self.fill and len(some) < self.candidates)]
        alike = self._alike([queries[i] for i in left])
        for i, more in zip(left, alike, strict=True):
            _append(found[i], more)
        return [
            [Candidate(concept, score) for concept, score in list(some.items())[: self.candidates]] for some in found
        ]

    def _by_spelling(self, query: Query) -> dict[str, float]:
        found: dict[str, float] = {}
        forms = self.names.forms(query.text)
        expanded = self.names.forms(query.expanded) if query.expanded else None
        if expanded is not None:
            _append(found, self._concepts(self.names.by_key(expanded), query.label, EXPANDED))
            _append(found, self._concepts(self.names.by_bag(expanded), query.label, REORDERED))
        _append(found, self._spelt(query, forms))
        _append(found, self._concepts(self.names.by_bag(forms), query.label, REORDERED))
        return found

    def _spelt(self, query: Query, forms: Forms) -> dict[str, float]:
        keys = self.names.by_key(forms)
        rows = self.names.rows(keys, query.label)
        text = fold(query.text)
        written = any(fold(self.names.table.term(row)) == text for row in rows)
        return self._concepts(keys, query.label, WRITTEN if written else SPELT)

    def _concepts(self, keys: Sequence[int], label: str, score: float) -> dict[str, float]:
        """Return the concepts of some names with their shares of the score, the most frequent concept first."""
        times: dict[str, int] = {}
        for row in self.names.rows(keys, label):
            name = self.names.table[row]
            times[name.concepts] = times.get(name.concepts, 0) + name.times
        total = sum(times.values())
        order = sorted(times, key=lambda concept: -times[concept])  # stable: else in the order of the lexicons
        return {concept: score * times[concept] / total for concept in order}

    def _alike(self, queries: Sequence[Query]) -> list[dict[str, float]]:
        texts = [self.names.forms(query.expanded or query.text).words for query in queries]
        allowed = [self.names.allowed(query.label) for query in queries]
        found = []
        for query, (keys, cosines) in zip(
            queries, self.index.nearest(texts, _NAMES_EACH * self.candidates, allowed), strict=True
        ):
            concepts: dict[str, float] = {}
            for key, cosine in zip(keys.tolist(), cosines.tolist(), strict=True):
                for concept, score in self._concepts([key], query.label, ALIKE * min(cosine, 1.0)).items():
                    # The similarity of a concept is that of its most similar name.
                    concepts[concept] = max(score, concepts.get(concept, 0.0))
            found.append(dict(sorted(concepts.items(), key=lambda item: -item[1])))
        return found


def _append(found: dict[str, float], more: dict[str, float]) -> None:
    """Add new concepts, with scores no higher than those already present."""
    # Stages come best first. A score is capped by the least so far, so that an ambiguous name (its score shared among
    # concepts) is not overtaken by a similar name.
    least = min(found.values(), default=1.0)
    for concept, score in more.items():
        if concept not in found:
            found[concept] = min(score, least)
