"""The relations of a Doc between whole mentions, as files state them: by the ids of the mentions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from spacy.tokens import Doc

from .doc_mentions import SPANS_KEY, stand_ins
from .doc_relations import ROLES, get_relations
from .document import Mention, Relation, Spans

Key = tuple[int, int, str, Spans]
"""Start, end, label and fragments of a mention, in characters."""


def named_relations(
    doc: Doc, found: Sequence[Mention], spans_key: str = SPANS_KEY
) -> tuple[list[Mention], list[Relation]]:
    """Return the mentions of a Doc with ids, and its relations between them by these ids.

    A span of a relation means the entity of ``doc.ents`` at the same tokens, and the discontinuous mention that this
    entity represents, if it represents one; without an entity there, the first of the mentions with these characters.
    Mentions without an id are named T1, T2, ... if a relation refers to them; the others stay as they are. A relation
    of a mention that is not among ``found`` is left out. Raises B430 and B660.
    """
    named = list(found)
    relations: list[Relation] = []
    stated = get_relations(doc)
    if not stated:
        return named, relations
    # Reversed: of equal mentions the first stays.
    numbered = list(enumerate(named))[::-1]
    of_key = {(m.start, m.end, m.label, m.fragments): i for i, m in numbered}
    at_place = {(m.start, m.end): i for i, m in sorted(numbered, key=lambda pair: not pair[1].fragments)}
    entities = _entities(doc, spans_key)
    taken = {mention.id for mention in named}
    free = (name for name in (f"T{number}" for number in count(1)) if name not in taken)
    for relation in stated:
        held = []
        for span in (relation.head, relation.tail):
            key = entities.get((span.start, span.end))
            place = at_place.get((span.start_char, span.end_char)) if key is None else of_key.get(key)
            if place is not None:
                held.append(place)
        if len(held) < 2:
            continue
        for i in held:
            if not named[i].id:
                named[i] = replace(named[i], id=next(free))
        arguments = tuple((role, named[i].id) for role, i in zip(ROLES, held, strict=True))
        relations.append(Relation(relation.label, arguments, relation.id, relation.score))
    return named, relations


def _entities(doc: Doc, spans_key: str) -> dict[tuple[int, int], Key]:
    """Return the mention that each entity is or represents, by the entity's first token and one past its last."""
    plain: dict[tuple[int, int], Key] = {
        (ent.start, ent.end): (ent.start_char, ent.end_char, ent.label_, ()) for ent in doc.ents
    }
    represented = stand_ins(doc, spans_key)
    for ent in doc.ents if represented else ():
        if one := represented.get(ent.start):
            plain[ent.start, ent.end] = (one.start, one.end, one.label, one.fragments)
    return plain
