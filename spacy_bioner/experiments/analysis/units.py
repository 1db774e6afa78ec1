"""The units of a comparison of documents: mentions or relations."""

from __future__ import annotations

from typing import NamedTuple

from ...formats import Document
from ...pipeline.relations.units import found_units, gold_units, relations_of
from ...scoring import ScoredSpan
from ..runs import Run


class Units(NamedTuple):
    """Gold and found units of a document; ``scored`` has, for each unit found, its score and what it stands for."""

    gold: list[ScoredSpan]
    found: list[ScoredSpan]
    scored: list[tuple[float | None, list[ScoredSpan]]]


def spans_of(document: Document) -> list[ScoredSpan]:
    """Return the mentions as ``scoring`` compares them: (start, end, label), discontinuous ones with fragments."""
    return [
        (m.start, m.end, m.label, m.fragments) if m.fragments else (m.start, m.end, m.label) for m in document.mentions
    ]


def units_of(run: Run, gold: Document, found: Document) -> Units:
    """Return the units of the run's task; answers have none."""
    if run.task == "answers":
        return Units([], [], [])
    if run.task == "relations":
        return relation_units(gold, found, directed=run.scores.get("directed", True))
    spans = spans_of(found)
    scored = [(mention.score, [span]) for mention, span in zip(found.mentions, spans, strict=True)]
    return Units(spans_of(gold), spans, scored)


def relation_units(gold: Document, found: Document, *, directed: bool = True) -> Units:
    """Return the relations of two documents as units."""
    given = relations_of(found)
    units = found_units([one for one, _ in given], gold.mentions, gold.relations, directed=directed)
    return Units(
        list(gold_units(gold.mentions, gold.relations, directed=directed)),
        [unit for each in units for unit in each],
        [(score, list(each)) for (_, score), each in zip(given, units, strict=True)],
    )
