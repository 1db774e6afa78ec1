"""The gold of a Doc: all its mentions and relations, also those that ``doc.ents`` cannot hold.

``doc.ents`` is flat, its spans are whole tokens, and a span has one concept and neither id, score nor attributes. If
the gold is more than that, it is stored in ``doc.user_data["bioner_gold"]``, as plain values that survive bytes, DocBin
and ``n_process``:

    {"mentions":  [[start, end, label, fragments, id, concepts, score, attributes], ...],
     "relations": [[label, [[role, mention id], ...], id, score, of_concepts, attributes], ...],
     "in_ents":   whether ``doc.ents`` had exactly these spans}

Only this module reads and writes that value. If ``in_ents`` is true and ``doc.ents`` has been changed since, the value
is out of date, and ``doc.ents`` is the gold.

    bioner_id    the id of the document, if it has one
    bioner_meta  its meta, if it has any
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from spacy.tokens import Doc, Span

from ..errors import BionerError
from .concept_ids import split_ids
from .doc_mentions import SPANS_KEY, mention_id, predicted_mentions
from .doc_relations import set_gold_relations
from .document import Mention, Relation, Spans, fault_of
from .named_relations import named_relations

GOLD = "bioner_gold"
ID = "bioner_id"
META = "bioner_meta"

Key = tuple[int, int, str, Spans]
"""The identity of a mention: start, end, label and fragments, without id, concepts and score."""


@dataclass(slots=True)
class Gold:
    """The mentions and relations of a Doc, in the order in which they were given."""

    mentions: list[Mention] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


def get_gold(doc: Doc) -> Gold | None:
    """Return the gold of a Doc; None if it was never annotated. Raises B170 for invalid stored values.

    If nothing is stored, the mentions are those of ``doc_mentions.mentions`` and the relations those of
    ``doc.spans["bioner_relations"]``.
    """
    #   stored, in_ents, doc.ents unchanged     the stored value (it also has ids, all concepts, relations)
    #   stored, in_ents, doc.ents changed       doc.ents: the stored value is out of date
    #   stored, not in_ents                     the stored value: doc.ents never had all of it
    #   not stored, annotated                   doc.ents, and the mentions that a pipeline added to its span group
    #   not stored, not annotated               None
    entities = entity_mentions(doc.ents)
    if GOLD in doc.user_data:
        gold, in_ents = _stored(doc)
        if not in_ents or spans_of(gold.mentions) == spans_of(entities):
            return gold
    elif len(doc) and not doc.has_annotation("ENT_IOB"):
        return None
    return Gold(*named_relations(doc, _with_parts(doc, entities)))


def _with_parts(doc: Doc, entities: list[Mention]) -> list[Mention]:
    """Return the entities or, if a pipeline added mentions beside them, all mentions, without scores."""
    group = doc.spans.get(SPANS_KEY, ())
    if not any(map(mention_id, group)):
        return entities
    return [replace(mention, score=None) for mention in predicted_mentions(doc)]


def set_gold(doc: Doc, mentions: Sequence[Mention], relations: Sequence[Relation] = ()) -> None:
    """Store the gold of a Doc whose ``doc.ents`` are set, unless ``doc.ents`` holds all of it.

    Relations are also stored in ``doc.spans["bioner_relations"]``, as far as it can hold them (``doc_relations``).
    """
    set_gold_relations(doc, mentions, relations)
    entities = entity_mentions(doc.ents)
    doc.user_data.pop(GOLD, None)
    if not relations and list(mentions) == entities:
        return
    doc.user_data[GOLD] = {
        "mentions": [
            [
                *(m.start, m.end, m.label, [list(pair) for pair in m.fragments], m.id, list(m.concepts), m.score),
                *([[list(pair) for pair in m.attributes]] if m.attributes else ()),
            ]
            for m in mentions
        ],
        "relations": [
            [r.label, [list(p) for p in r.arguments], r.id, r.score, r.of_concepts, [list(p) for p in r.attributes]]
            for r in relations
        ],
        "in_ents": spans_of(mentions) == spans_of(entities),
    }


def ents_hold_gold(doc: Doc) -> bool:
    """Return whether ``doc.ents`` has exactly the spans of the gold (raises B170)."""
    gold = get_gold(doc)
    return gold is None or spans_of(gold.mentions) == spans_of(entity_mentions(doc.ents))


def is_complete(doc: Doc) -> bool:
    """Return whether the gold decides for every token whether it is part of a mention."""
    return GOLD in doc.user_data or doc.has_annotation("ENT_IOB", require_complete=True)


def unknown_tokens(doc: Doc) -> int:
    """Return the number of tokens, without white space, of which the gold does not say if a mention has them."""
    return 0 if is_complete(doc) else sum(not token.ent_iob and not token.text.isspace() for token in doc)


def entity_mentions(spans: Iterable[Span]) -> list[Mention]:
    """Return spans of a Doc as mentions, with the concepts that the ``kb_id_`` of a span joins by ``|``."""
    return [Mention(e.start_char, e.end_char, e.label_, concepts=split_ids(e.kb_id_)) for e in spans]


def spans_of(mentions: Iterable[Mention]) -> set[Key]:
    """Return the distinct (start, end, label, fragments) of mentions."""
    return {(m.start, m.end, m.label, m.fragments) for m in mentions}


def get_id(doc: Doc) -> str:
    """Return the document's id, or "". Raises B170 if it is not a string."""
    value = doc.user_data.get(ID, "")
    if not isinstance(value, str):
        raise BionerError("B170", id="", key=ID, reason=f"a {type(value).__name__}")
    return value


def get_meta(doc: Doc) -> dict[str, Any]:
    """Return the document's meta, with the lists that DocBin made tuples. Raises B170 if it is not an object."""
    value = _with_lists(doc.user_data.get(META, {}))
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise BionerError("B170", id=get_id(doc), key=META, reason="not an object with strings as names")
    return value


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_lists(item) for key, item in value.items()}
    return [_with_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _stored(doc: Doc) -> tuple[Gold, bool]:
    """Decode ``doc.user_data[GOLD]``; raise B170 if ``set_gold`` cannot have written it."""
    value = doc.user_data[GOLD]
    try:
        mentions = [_mention(*item) for item in value["mentions"]]
        relations = [_relation(*item) for item in value["relations"]]
        in_ents = value["in_ents"]
        length = len(doc.text)  # once, because spaCy builds the string at each access
        fault = next(filter(None, (fault_of(mention, length) for mention in mentions)), "")
        if fault or not isinstance(in_ents, bool):
            raise ValueError(fault or "in_ents is neither true nor false")
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as err:
        raise BionerError("B170", id=get_id(doc), key=GOLD, reason=f"{type(err).__name__}: {err}") from err
    return Gold(mentions, relations), in_ents


def _mention(
    start: Any, end: Any, label: Any, fragments: Any, name: Any, concepts: Any, score: Any, attributes: Any = ()
) -> Mention:
    spans = tuple((_whole(first), _whole(last)) for first, last in fragments)
    ids, facts = tuple(map(_words, concepts)), _facts(attributes)
    return Mention(_whole(start), _whole(end), _words(label), spans, _words(name), ids, _score(score), facts)


def _facts(attributes: Any) -> tuple[tuple[str, str], ...]:
    return tuple((_words(key), _words(value)) for key, value in attributes)


def _relation(
    label: Any, arguments: Any, name: Any, score: Any, of_concepts: Any = False, attributes: Any = ()
) -> Relation:
    pairs = tuple((_words(role), _words(target)) for role, target in arguments)
    facts = _facts(attributes)
    if not isinstance(of_concepts, bool):
        raise TypeError(f"{of_concepts!r} is neither true nor false")
    return Relation(_words(label), pairs, _words(name), _score(score), of_concepts, facts)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _score(value: Any) -> float | None:
    if value is not None and (type(value) not in (int, float) or not 0 <= value <= 1):
        raise TypeError(f"{value!r} is not a probability")
    return value if value is None else float(value)
