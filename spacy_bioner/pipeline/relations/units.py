"""Gold and predicted relations as comparable values.

A relation between mentions consists of its label and both mentions (characters and types). A relation between concepts
consists of its label and both concepts, and counts once per document: a predicted pair of mentions is mapped to the
gold concepts of its mentions; if they have several, to those of a gold relation. A predicted relation between concepts
is compared as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from ...documents.document import Document, Mention, Relation

End = tuple[Any, ...]
"""First character, one past the last, type, and fragments if there are any; for a concept -1, -1 and its id."""

Unit = tuple[int, int, str, End, End]
"""First character of both ends, one past the last, label, head, tail: a span as in ``scoring``, with both ends."""

FoundRelation = tuple[str, End, End]


def gold_units(mentions: Iterable[Mention], relations: Iterable[Relation], *, directed: bool = True) -> list[Unit]:
    """Return the unit of each gold relation; without exactly two arguments it gets one that no pair can equal."""
    by_id = {mention.id: end_of(mention) for mention in mentions if mention.id}
    units = []
    for relation in relations:
        names = [target for _, target in relation.arguments] or [""]
        ends = [_concept(name) if relation.of_concepts else by_id.get(name, _concept(name)) for name in names]
        tail = ends[1] if len(ends) == 2 else _concept("|".join(names[1:]))
        units.append(_unit(relation.label, ends[0], tail, directed))
    return units


def found_units(
    found: Iterable[FoundRelation], mentions: Iterable[Mention], relations: Sequence[Relation], *, directed: bool = True
) -> list[list[Unit]]:
    """Return the units of each predicted relation: all gold relations of its concepts, or a single unit.

    mentions, relations: the gold ones.
    """
    if not any(relation.of_concepts for relation in relations):
        return [[_unit(*one, directed)] for one in found]
    concepts = {end_of(mention): mention.concepts for mention in mentions if mention.concepts}
    wanted = set(gold_units(mentions, relations, directed=directed))
    result = []
    for label, head, tail in found:
        stated = _unit(label, head, tail, directed)
        ends = (map(_concept, concepts[end]) if end in concepts else (end,) for end in (head, tail))
        units = [_unit(label, a, b, directed) for a, b in product(*map(tuple, ends)) if a != b]
        if is_concept(head) or stated in wanted:  # what needs no mapping
            units.append(stated)
        # A wrong relation counts as one false positive, however many concepts its mentions have.
        result.append([unit for unit in units if unit in wanted] or units[:1])
    return result


def between_concepts(mentions: Iterable[Mention], relations: Iterable[Relation]) -> list[Relation]:
    """Return relations between mentions as ones between their concepts, where each mention has exactly one.

    The others stay as they are: a mention of several concepts does not say which of them is related.
    """
    concept_of = {mention.id: mention.concepts[0] for mention in mentions if mention.id and len(mention.concepts) == 1}
    return [
        relation
        if relation.of_concepts or any(name not in concept_of for _, name in relation.arguments)
        else replace(
            relation, of_concepts=True, arguments=tuple((role, concept_of[name]) for role, name in relation.arguments)
        )
        for relation in relations
    ]


def relations_of(document: Document) -> list[tuple[FoundRelation, float | None]]:
    """Return the relations between two mentions or two concepts of a Document, each with its score."""
    by_id = {mention.id: end_of(mention) for mention in document.mentions if mention.id}
    found = []
    for relation in document.relations:
        names = [name for _, name in relation.arguments]
        ends = [_concept(name) for name in names] if relation.of_concepts else [by_id[n] for n in names if n in by_id]
        if len(ends) == len(relation.arguments) == 2:
            found.append(((relation.label, ends[0], ends[1]), relation.score))
    return found


def end_of(mention: Mention) -> End:
    """Return a mention as an end of a relation."""
    plain = (mention.start, mention.end, mention.label)
    return (*plain, mention.fragments) if mention.fragments else plain


def is_concept(end: End) -> bool:
    """Return whether an end is not a mention: a concept or an unknown argument."""
    return bool(end[0] < 0)


def _concept(name: str) -> End:
    return -1, -1, name


def _unit(label: str, head: End, tail: End, directed: bool) -> Unit:
    if not directed:
        head, tail = sorted((head, tail))
    return min(head[0], tail[0]), max(head[1], tail[1]), label, head, tail
