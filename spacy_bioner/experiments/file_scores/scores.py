"""Scores of sets of files against gold files, and differences between the sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ...documents.document import Document
from ...pipeline.answers.scorer import has_gold
from ...pipeline.relations.scorer import scores_of
from ...scoring import Comparison, ConceptMention, Scores, compare, concept_scores, score, to_dict
from ...text_tables import aligned, percent
from ..analysis.answer_errors import answer_row, answered, scores_of_documents
from ..analysis.differences import difference
from ..analysis.independence import Independent, independent_units, units_text
from ..analysis.significance import TRIALS, bootstrap
from ..analysis.units import relation_units
from ..tables import answering_table, answers_table, concepts_table, metrics_table, relations_table
from .kinds_of_relations import comparable_gold
from .matching import Match, spans_without_spaces, without_spaces


def score_files(
    matches: Sequence[Match], names: Sequence[str], trials: int = TRIALS, seed: int = 0, *, directed: bool = True
) -> dict[str, Any]:
    """Return the exact, boundary and partial scores of each set, and the differences between sets, as plain values.

    Found mentions of types that a gold document does not declare, and their relations, are left out. A document that a
    set lacks counts as one without predictions. Differences are tested over units that are independent
    (``analysis.significance``, ``analysis.independence``), with ``trials`` resamplings. If the gold has relations,
    ``relations`` has their figures (see ``kinds_of_relations``); if it has questions with known answers, ``answers``
    has theirs.
    directed: whether A to B and B to A are different relations.
    """
    matches = [match.on_declared_types() for match in matches]
    scores = {name: _scores(matches, i) for i, name in enumerate(names)}
    units = independent_units(enumerate(match.gold for match in matches))
    counts = {name: units.summed(_rows(found.comparisons)) for name, found in scores.items()}
    systems = {}
    for i, name in enumerate(names):
        low, high = bootstrap(counts[name], trials=trials, seed=seed)
        missing = sum(match.found[i] is None for match in matches)
        systems[name] = {
            **to_dict(scores[name]),
            **concept_scores(_concepts(matches, i)),
            "bootstrap95": [low, high],
            "missing_documents": missing,
        }
    pairs = [difference({name: counts[name] for name in pair}, trials, seed) for pair in combinations(names, 2)]
    figures = {"documents": len(matches), "independent": units.to_dict(), "systems": systems, "pairs": pairs}
    if any(match.gold.relations for match in matches):
        figures["relations"] = _relations(matches, names, units, trials, seed, directed)
    if any(has_gold(match.gold.question) for match in matches):
        figures["answers"] = _answers(matches, names, units, trials, seed)
    return figures


def _answers(
    matches: Sequence[Match], names: Sequence[str], units: Independent, trials: int, seed: int
) -> dict[str, Any]:
    systems, counts = {}, {}
    for i, name in enumerate(names):
        # A question that the set lacks counts as one without an answer.
        documents = [(match.gold, match.found[i] or Document(match.gold.text)) for match in matches]
        rows = np.array([answer_row(answered(*pair)) for pair in documents], dtype=float).reshape(-1, 3)
        counts[name] = units.summed(rows)
        low, high = bootstrap(counts[name], trials=trials, seed=seed)
        systems[name] = {**scores_of_documents(documents), "bootstrap95": [low, high]}
    pairs = [difference({name: counts[name] for name in pair}, trials, seed) for pair in combinations(names, 2)]
    return {"systems": systems, "pairs": pairs}


def _relations(
    matches: Sequence[Match], names: Sequence[str], independent: Independent, trials: int, seed: int, directed: bool
) -> dict[str, Any]:
    systems, counts = {}, {}
    found = {
        name: [without_spaces(match.found[i] or Document("")) for match in matches] for i, name in enumerate(names)
    }
    gold = comparable_gold([without_spaces(match.gold) for match in matches], found)
    for name in names:
        results = []
        for pair in zip(gold, found[name], strict=True):
            units = relation_units(*pair, directed=directed)
            results.append(compare(units.gold, units.found))
        counts[name] = independent.summed(_rows(results))
        low, high = bootstrap(counts[name], trials=trials, seed=seed)
        systems[name] = {**scores_of(results), "bootstrap95": [low, high]}
    pairs = [difference({name: counts[name] for name in pair}, trials, seed) for pair in combinations(names, 2)]
    return {"systems": systems, "pairs": pairs}


def _scores(matches: Sequence[Match], i: int) -> Scores:
    def triples() -> Any:
        for number, match in enumerate(matches):
            other = match.found[i]
            found = [] if other is None else spans_without_spaces(other)
            yield match.gold.id or f"#{number}", spans_without_spaces(match.gold), found

    return score(triples())


def _concepts(matches: Sequence[Match], i: int) -> Iterator[tuple[list[ConceptMention], list[ConceptMention]]]:
    """Yield the mentions of each document and its counterpart with their concepts; nothing if a set has no concepts."""
    found = [match.found[i] or Document("") for match in matches]
    if any(mention.concepts for document in found for mention in document.mentions):
        for match, document in zip(matches, found, strict=True):
            yield _with_concepts(match.gold), _with_concepts(document)


def _with_concepts(document: Document) -> list[ConceptMention]:
    return list(zip(spans_without_spaces(document), (m.concepts for m in document.mentions), strict=True))


def _rows(results: Iterable[Comparison]) -> np.ndarray:
    rows = [(len(c.true_positives), len(c.false_alarms), len(c.misses)) for c in results]
    return np.array(rows, dtype=float).reshape(-1, 3)


def scores_text(figures: Mapping[str, Any]) -> str:
    """Return the figures as tables: a single system by label, several side by side.

    If there are answers, but neither gold nor found mentions, there is no table of mentions.
    """
    systems: Mapping[str, Any] = figures["systems"]
    related: Mapping[str, Any] | None = figures.get("relations")
    answers: Mapping[str, Any] | None = figures.get("answers")
    mentions = not answers or any(any(values["ents_counts"].values()) for values in systems.values())
    if len(systems) == 1:
        only = next(iter(systems))
        parts = [metrics_table(systems[only])] if mentions else []
        parts += [concepts_table(systems[only])] if "concepts_f" in systems[only] else []
        parts += [relations_table(related["systems"][only])] if related else []
        return "\n".join([*parts, answers_table(answers["systems"][only])] if answers else parts)
    tested = units_text(figures["independent"])
    parts = [_several(systems), _differences(figures, tested)] if mentions else []
    linked = {name: values for name, values in systems.items() if "concepts_f" in values}
    if linked:
        rows = [(name, *(percent(v[f"concepts_{k}"]) for k in ("p", "r", "f", "acc"))) for name, v in linked.items()]
        parts.append(aligned(("document, concept", "P", "R", "F1", "ids of matched mentions"), rows))
    if related:
        rows = []
        for name, values in related["systems"].items():
            edges = " to ".join(percent(edge) for edge in values["bootstrap95"])
            rows.append((name, *(percent(values[f"relations_{k}"]) for k in "prf"), edges))
        parts += [aligned(("relations", "P", "R", "F1", "95% of F1"), rows), _differences(related, tested)]
    if answers:
        parts += [answering_table(answers["systems"]), _differences(answers, tested)]
    return "\n".join(parts)


def _several(systems: Mapping[str, Any]) -> str:
    rows = []
    for name, values in systems.items():
        interval = " to ".join(percent(edge) for edge in values["bootstrap95"])
        soft = [percent(values[f"ents_{kind}"]["f"]) for kind in ("boundary", "partial")]
        rows.append((name, *(percent(values[f"ents_{k}"]) for k in "prf"), interval, *soft))
    return aligned(("found", "P", "R", "F1", "95% of F1", "boundary F1", "partial F1"), rows)


def _differences(figures: Mapping[str, Any], tested: str) -> str:
    """tested: the number of units."""
    pairs = [
        (
            " -> ".join(pair["systems"]),
            f"{100 * pair['difference']:+.2f}",
            " to ".join(f"{100 * edge:+.2f}" for edge in pair["bootstrap95"]),
            f"{pair['p_randomisation']:.4f}",
        )
        for pair in figures["pairs"]
    ]
    return aligned(("from, to", "F1 +", "95%", f"p ({tested})"), pairs)
