"""Scores of relations: micro precision, recall and F over the classes of relations, and by class.

A relation between mentions is right where its label and both mentions are: characters and types. One between concepts
is right where its label and both concepts are, once a document: a found pair of mentions stands for the concepts that
the gold gives its mentions, for those of a gold relation where they have several. Every gold relation counts, whatever
the candidates lost. With gold entities or end to end is a question of what is in ``doc.ents``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from spacy.tokens import Doc
from spacy.training import Example

from ...formats.doc_relations import get_relations
from ...formats.document import Mention, Relation
from ...formats.gold import Gold, get_gold
from ...scoring import Counts

NAMES = ("relations_p", "relations_r", "relations_f", "relations_per_type")
Unit = tuple[str, Any, Any]
"""A label and two ends: (start, end, type) of mentions, or the names of concepts."""


def relation_scores(examples: Iterable[Example], *, directed: bool = True, **_: Any) -> dict[str, Any]:
    """Return ``relations_p``, ``_r``, ``_f`` (0 to 1), ``relations_per_type`` and ``relations_counts``.

    directed: whether A to B is another relation than B to A. All are None where the gold has no relation.
    """
    per_type: dict[str, Counts] = defaultdict(Counts)
    annotated = False
    for example in examples:
        gold = get_gold(example.reference)
        if gold is None:
            continue
        wanted, found = _gold_units(gold), _found_units(example.predicted, gold)
        if not directed:
            wanted, found = {_unordered(unit) for unit in wanted}, {_unordered(unit) for unit in found}
        annotated |= bool(wanted)
        for units, outcome in ((wanted & found, "tp"), (wanted - found, "fn"), (found - wanted, "fp")):
            for label, *_ends in units:
                setattr(per_type[label], outcome, getattr(per_type[label], outcome) + 1)
    if not annotated:
        return dict.fromkeys(NAMES)
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


def _gold_units(gold: Gold) -> set[Unit]:
    by_id = {mention.id: _end(mention) for mention in gold.mentions if mention.id}
    units: set[Unit] = set()
    for relation in gold.relations:
        names = [target for _, target in relation.arguments]
        ends = names if relation.of_concepts else [by_id.get(name, name) for name in names]
        # What has other than two ends can be found by no pair: it is missed.
        units.add((relation.label, ends[0], ends[1] if len(ends) == 2 else tuple(ends)))
    return units


def _found_units(doc: Doc, gold: Gold) -> set[Unit]:
    found = get_relations(doc)
    if not found:
        return set()
    types = {(ent.start, ent.end): ent.label_ for ent in doc.ents}
    units: list[Unit] = []
    for head, tail, label, _, _ in found:
        ends = [(one.start_char, one.end_char, types.get((one.start, one.end), "")) for one in (head, tail)]
        units.append((label, ends[0], ends[1]))
    if not any(relation.of_concepts for relation in gold.relations):
        return set(units)
    return _concept_units(units, gold.mentions, gold.relations)


def _concept_units(units: Iterable[Unit], mentions: Iterable[Mention], relations: Iterable[Relation]) -> set[Unit]:
    concepts = {_end(mention): mention.concepts for mention in mentions if mention.concepts}
    wanted = {(one.label, *(target for _, target in one.arguments)) for one in relations}
    result: set[Unit] = set()
    for label, head, tail in units:
        pairs = [(a, b) for a, b in product(concepts.get(head, (head,)), concepts.get(tail, (tail,))) if a != b]
        right = [(label, *pair) for pair in pairs if (label, *pair) in wanted or (label, *pair[::-1]) in wanted]
        result.update(right or [(label, *pair) for pair in pairs[:1]])
    return result


def _end(mention: Mention) -> tuple[Any, ...]:
    plain = (mention.start, mention.end, mention.label)
    return (*plain, mention.fragments) if mention.fragments else plain


def _unordered(unit: Unit) -> Unit:
    label, head, tail = unit
    first, second = sorted((head, tail), key=str)
    return label, first, second


def make_relation_scorer() -> Callable[..., dict[str, Any]]:
    """Return ``relation_scores``; registered as ``spacy-bioner.relation_scorer.v1``."""
    return relation_scores
