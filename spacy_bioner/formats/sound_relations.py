"""Relations that can be followed: what every reader's relations have in common is checked once, for all formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..documents.document import Document, Relation
from .problems import ProblemLog


def with_sound_relations(documents: Iterable[Document], path: Path, report: ProblemLog) -> Iterator[Document]:
    """Yield the documents without relations that cannot be followed, each of which is reported (B267).

    Such a relation has no label, no argument, an argument that is the id of no mention or of several, or the id of a
    relation before it, which stays.
    """
    for document in documents:
        if document.relations:
            times = Counter(mention.id for mention in document.mentions if mention.id)
            seen: set[str] = set()
            kept: list[Relation] = []
            for relation in document.relations:
                fault = _fault(relation, times, seen)
                if fault:
                    shown = ascii(relation.id or relation.label)
                    report.add("B267", path, id=ascii(document.id), shown=shown, fault=fault)
                else:
                    kept.append(relation)
                    seen.add(relation.id)
            document.relations = kept
        yield document


def _fault(relation: Relation, times: Counter[str], seen: set[str]) -> str:
    """Return why a relation cannot be followed, or ""; times: how many mentions have an id, seen: ids of relations."""
    if not relation.label:
        return "it has no label"
    if not relation.arguments:
        return "it has no arguments"
    for _, name in () if relation.of_concepts else relation.arguments:
        if not times[name]:
            return f"it refers to {name!a}, which does not exist"
        if times[name] > 1:
            return f"it refers to {name!a}, the id of {times[name]} mentions: give each its own"
    if relation.id and relation.id in seen:
        return f"the id {relation.id!a} was used above: give it another"
    return ""
