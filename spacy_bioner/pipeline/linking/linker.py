"""Candidate concepts of a mention: by spelling, by other names in the text, by replaced words, by similar names.

The stages, each with the score of a name that is found in it:

    1.00  a name written like the mention
    0.98  a name of the same normal form (``normalise``)
    0.96  one of these for the mention with its abbreviations expanded; tried first if the text defines them
    0.92  a name of the same words in any order, without prepositions
    0.91  one of these for the name beside it in the text: "nifedipine (Adalat)"; only if there was none before
    0.80  a name of the same words but one or two, which replace each other in names of the terminology: tumor and
          neoplasm (``replacements``); only if there was none before
    0.90  times the cosine of the character trigrams (TF-IDF): similar names

If a name has several concepts, each gets the score of the stage times its share of the mentions with that name. A
candidate of a later stage never gets a higher score than one of an earlier stage. A reranker changes the scores of the
last stage for mentions that have no candidate of an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...normalise import fold
from .name_table import Forms, NameTable
from .ngram_index import NgramIndex
from .replacements import Replacements
from .reranker import Alike, VectorReranker

WRITTEN, SPELT, EXPANDED, REORDERED, BESIDE, REPLACED, ALIKE = 1.0, 0.98, 0.96, 0.92, 0.91, 0.80, 0.90
_MEMO_SIZE = 200_000
_NAMES_EACH = 8
"""Similar names that are retrieved for each candidate requested: a concept has several names."""


class Candidate(NamedTuple):
    """A concept (a composite one: several ids joined by ``|``) and its score from 0 to 1."""

    concept: str
    score: float


class Query(NamedTuple):
    """A mention's text and label, its text with abbreviations expanded ("" if it has none), and the name beside it."""

    text: str
    label: str
    expanded: str = ""
    beside: str = ""


class Linker:
    """Find candidates among the names of a table.

    candidates: maximum number of candidates. fill: add similar names if spelling alone gave fewer. rerank: gives
    similar names other scores.
    """

    def __init__(
        self, names: NameTable, *, candidates: int = 5, fill: bool = True, rerank: VectorReranker | None = None
    ) -> None:
        self.names = names
        self.rerank = rerank
        self.replacements = Replacements(names)
        self.index = NgramIndex(names.words)
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
        unknown = [i for i, some in enumerate(found) if not some]
        known = [i for i, some in enumerate(found) if some and self.fill and len(some) < self.candidates]
        for group, rerank in ((unknown, self.rerank), (known, None)):
            alike = self._alike([queries[i] for i in group], rerank)
            for i, more in zip(group, alike, strict=True):
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
        if not found and query.beside:
            beside = self.names.forms(query.beside)
            _append(found, self._concepts(self.names.by_key(beside), query.label, BESIDE))
            _append(found, self._concepts(self.names.by_bag(beside), query.label, BESIDE))
        if not found:
            self._replace_words(found, expanded or forms, query.label)
        return found

    def _replace_words(self, found: dict[str, float], forms: Forms, label: str) -> None:
        for bags in self.replacements(forms.bag):
            for bag in bags:
                _append(found, self._concepts(self.names.by_bag(forms._replace(bag=bag)), label, REPLACED))
            if found:
                return

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

    def _alike(self, queries: Sequence[Query], rerank: VectorReranker | None) -> list[dict[str, float]]:
        texts = [self.names.forms(query.expanded or query.text).words for query in queries]
        allowed = [self.names.allowed(query.label) for query in queries]
        most = max(self.candidates, rerank.candidates if rerank else 0)
        near = self.index.nearest(texts, _NAMES_EACH * most, allowed)
        found = [self._of_names(query.label, *names) for query, names in zip(queries, near, strict=True)]
        if not rerank:
            return [{concept: ALIKE * min(one[0][0], 1.0) for concept, one in some.items()} for some in found]
        given = [
            {concept: self._named(one[: rerank.names]) for concept, one in list(some.items())[:most]} for some in found
        ]
        return rerank.rescore([query.expanded or query.text for query in queries], given)

    def _of_names(self, label: str, keys: np.ndarray, cosines: np.ndarray) -> dict[str, list[tuple[float, int]]]:
        """Return the names of each concept with their similarities, the most similar concept and name first."""
        concepts: dict[str, list[tuple[float, int]]] = {}
        for key, cosine in zip(keys.tolist(), cosines.tolist(), strict=True):
            for concept, share in self._concepts([key], label, 1.0).items():
                concepts.setdefault(concept, []).append((share * cosine, key))
        for names in concepts.values():
            names.sort(key=lambda name: -name[0])
        # The similarity of a concept is that of its most similar name.
        return dict(sorted(concepts.items(), key=lambda item: -item[1][0][0]))

    def _named(self, names: Sequence[tuple[float, int]]) -> Alike:
        texts = [self.names.table.term(self.names.table.rows(key)[0]) for _, key in names]
        return Alike(ALIKE * min(names[0][0], 1.0), texts)


def _append(found: dict[str, float], more: dict[str, float]) -> None:
    """Add new concepts, with scores no higher than those already present."""
    # Stages come best first. A score is capped by the least so far, so that an ambiguous name (its score shared among
    # concepts) is not overtaken by a similar name.
    least = min(found.values(), default=1.0)
    for concept, score in more.items():
        if concept not in found:
            found[concept] = min(score, least)
