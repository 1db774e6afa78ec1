"""Scores of relations: micro-averaged precision, recall and F1, and scores by class.

See ``units`` for when two relations are equal. Every gold relation counts, also those without a candidate. The scores
are for gold entities or end to end, depending on the entities in ``doc.ents``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from spacy.training import Example

from ...documents.document import Document
from ...documents.gold import get_gold
from ...documents.named_relations import named_relations
from ...scoring import Comparison, Counts, compare
from ..scorer import scored_mentions
from .units import FoundRelation, found_units, gold_units, relations_of

NAMES = ("relations_p", "relations_r", "relations_f", "relations_per_type")


def relation_scores(examples: Iterable[Example], *, directed: bool = True, **_: Any) -> dict[str, Any]:
    """Return the scores of ``scores_of``.

    directed: whether A to B and B to A are different relations. p, r, f and per_type are None if there are no gold
        relations.
    """
    results = []
    for example in examples:
        gold = get_gold(example.reference)
        if gold is not None:
            found = found_units(_found(example), gold.mentions, gold.relations, directed=directed)
            wanted = gold_units(gold.mentions, gold.relations, directed=directed)
            results.append(compare(wanted, [unit for units in found for unit in units]))
    if not any(result.true_positives or result.misses for result in results):
        return dict.fromkeys(NAMES)
    return scores_of(results)


def scores_of(results: Iterable[Comparison]) -> dict[str, Any]:
    """Return ``relations_p``, ``_r``, ``_f`` (0 to 1), ``relations_per_type`` and ``relations_counts`` of documents."""
    per_type: dict[str, Counts] = defaultdict(Counts)
    for result in results:
        for name, units in (("tp", result.true_positives), ("fn", result.misses), ("fp", result.false_alarms)):
            for unit in units:
                setattr(per_type[unit[2]], name, getattr(per_type[unit[2]], name) + 1)
    total = Counts()
    for counts in per_type.values():
        total += counts
    return {
        "relations_p": total.precision,
        "relations_r": total.recall,
        "relations_f": total.f1,
        "relations_per_type": {
            label: {"p": n.precision, "r": n.recall, "f": n.f1, "tp": n.tp, "fp": n.fp, "fn": n.fn}
            for label, n in sorted(per_type.items())
        },
        "relations_counts": {"tp": total.tp, "fp": total.fp, "fn": total.fn},
    }


def _found(example: Example) -> list[FoundRelation]:
    # The same way as for saved predictions and files, so that `evaluate`, `score` and `report` give one figure.
    mentions, relations = named_relations(example.predicted, scored_mentions(example))
    return [found for found, _ in relations_of(Document("", mentions, relations=relations))]


def make_relation_scorer() -> Callable[..., dict[str, Any]]:
    """Return ``relation_scores``; registered as ``spacy-bioner.relation_scorer.v1``."""
    return relation_scores
