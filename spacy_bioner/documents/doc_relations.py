"""Relations on a Doc: ``doc.spans["bioner_relations"]``, which survives bytes, DocBin, pickle, copy and ``n_process``.

The group holds two spans per relation, head then tail. Both have the relation's type as ``label_`` and its id as
``id_``; ``attrs["scores"]`` has one score per relation:

    relations     causes(digoxin, rash) R1 0.9        causes(aspirin, ulcer) R2 0.7
    spans         digoxin          rash               aspirin          ulcer
    scores        0.9                                 0.7

``doc._.relations`` returns and accepts lists of ``RelationSpans``. It is a view of the group: nothing is stored in
``doc.user_data``. ``Doc.from_docs`` keeps the spans and drops ``attrs``, so the relations lose their scores;
``span.as_doc()`` drops all groups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from spacy.tokens import Doc, Span, SpanGroup

from ..errors import BionerError
from .document import Mention, Relation

RELATIONS_KEY = "bioner_relations"
SCORES = "scores"
EXTENSION = "relations"
ROLES = ("Arg1", "Arg2")
"""The roles of head and tail in a ``document.Relation`` made from a Doc: those of brat."""


class RelationSpans(NamedTuple):
    """A relation of a Doc: two spans, a type, its probability (None for gold, or if it was lost) and an id."""

    head: Span
    tail: Span
    label: str
    score: float | None = None
    id: str = ""


def set_relations(doc: Doc, relations: Iterable[RelationSpans]) -> None:
    """Replace the relations of a Doc; those without an id are named R1, R2, ... by the first free numbers.

    If only some have a score, the others get 1.0: the group has a score for each relation or for none.
    """
    register_extension()
    found = list(relations)
    if not found:
        doc.spans.pop(RELATIONS_KEY, None)
        return
    # Fresh ids avoid those given to later relations too.
    free = _free_ids([relation.id for relation in found])
    spans = []
    for relation in found:
        name = relation.id or next(free)
        for span in (relation.head, relation.tail):
            spans.append(Span(doc, span.start, span.end, label=relation.label, span_id=name))
    scored = any(relation.score is not None for relation in found)
    scores = [1.0 if relation.score is None else float(relation.score) for relation in found]
    attrs = {SCORES: scores} if scored else {}
    doc.spans[RELATIONS_KEY] = SpanGroup(doc, name=RELATIONS_KEY, spans=spans, attrs=attrs)


def get_relations(doc: Doc) -> list[RelationSpans]:
    """Return the relations of a Doc. Raises B430 for a group that does not hold pairs of one type and id each.

    A relation with the id of one before it, as in Docs joined by ``Doc.from_docs``, gets the next free one.
    """
    group = doc.spans.get(RELATIONS_KEY, ())
    spans = list(group)
    pairs = list(zip(spans[::2], spans[1::2], strict=False))
    if len(spans) % 2 or any((head.label, head.id) != (tail.label, tail.id) for head, tail in pairs):
        raise BionerError("B430", key=RELATIONS_KEY, number=len(spans))
    scores: Sequence[float | None] = list(group.attrs.get(SCORES) or ()) if isinstance(group, SpanGroup) else ()
    if len(scores) != len(pairs):
        scores = [None] * len(pairs)
    names = _distinct([head.id_ for head, _ in pairs])
    return [
        RelationSpans(head, tail, head.label_, score, name)
        for (head, tail), score, name in zip(pairs, scores, names, strict=True)
    ]


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Yield the ids, in place of one that stood before the next free one."""
    free = _free_ids(names)
    seen: set[str] = set()
    for name in names:
        yield next(free) if name and name in seen else name
        seen.add(name)


def _free_ids(taken: Collection[str]) -> Iterator[str]:
    known = set(taken)
    return (name for name in (f"R{number}" for number in count(1)) if name not in known)


def register_extension() -> None:
    """Register ``doc._.relations``, unless an extension of that name exists."""
    if not Doc.has_extension(EXTENSION):
        Doc.set_extension(EXTENSION, getter=get_relations, setter=set_relations)


def set_gold_relations(doc: Doc, mentions: Sequence[Mention], relations: Sequence[Relation]) -> None:
    """Set the relations of a Document that a Doc can hold: two mentions, each of whole tokens and in one part."""
    register_extension()
    by_id = {mention.id: mention for mention in mentions if mention.id}
    found = []
    for relation in relations:
        ends = [] if relation.of_concepts else [by_id.get(target) for _, target in relation.arguments]
        spans = [doc.char_span(one.start, one.end) for one in ends if one is not None and not one.fragments]
        held = [span for span in spans if span is not None]
        if len(held) == len(ends) == 2:
            found.append(RelationSpans(held[0], held[1], relation.label, relation.score, relation.id))
    if found or RELATIONS_KEY in doc.spans:
        set_relations(doc, found)
