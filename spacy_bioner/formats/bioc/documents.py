"""Conversion of BioC documents, in the form of BioC's JSON, to Documents and back; XML is first brought to that form.

A document has passages. Each has an offset and a text, or sentences that have them:

    {"id": "15485686", "infons": {}, "relations": [...], "passages": [
        {"offset": 0, "infons": {"type": "title"}, "text": "A novel SCN5A mutation", "sentences": [], "relations": [],
         "annotations": [{"id": "0", "infons": {"type": "Gene", "identifier": "6331"}, "text": "SCN5A",
                          "locations": [{"offset": 8, "length": 5}]}]}]}

The text of a Document is the text of its passages, each at its offset; line breaks fill the gaps between them. Offsets
count characters. A relation has nodes, ``{"refid": "T1", "role": "head"}``, or names two concepts in infons, as BioRED
does: ``{"type": "Association", "entity1": "D001919", "entity2": "6331"}``.

The infons of an annotation beyond type, identifiers and score are the mention's ``attributes``.
``Document.extra["bioc"]`` keeps the passages with their infons, and further identifiers of annotations, so that a file
is written back complete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from ...documents.concept_ids import join_concepts, split_concepts
from ...documents.document import Document, Mention, Relation, fault_of
from ..json_stream import name_of
from ..problems import ProblemLog

STORE = "bioc"
TYPE, IDENTIFIER, SCORE = "type", "identifier", "score"
LONGEST_GAP = 1_000_000
"""Most characters between two passages. PubTator's full texts leave one, some collections of excerpts thousands."""

IDENTIFIERS = ("identifier", "mesh", "omim", "ncbi gene", "ncbi homologene", "entrez", "chebi", "uniprot", "taxonomy")
"""Infons of an annotation, in lower case, that hold concept ids."""

_NO_ATTRIBUTES = frozenset(("", SCORE, *IDENTIFIERS))
"""Infons, in lower case, that are no attributes: an identifier after the first, a score that is not a probability."""

_ENTITY = re.compile(r"entity ?([12])|(?:chemical|disease|gene[12]?|arg[12])", re.IGNORECASE)
Where = tuple[Any, int]
"""The file and the line (0 if not known) that a problem is reported for."""


class _Fault(Exception):
    """What is wrong with a document, in words."""


def to_document(record: dict[str, Any], where: Where, report: ProblemLog) -> Document | None:
    """Return the Document of one BioC document; None for a malformed one (reported, B265).

    Reports annotations that do not fit the text or state another text (B266), and relations to annotations that do not
    exist (B267).
    """
    name = "?"
    try:
        name = _name(record, "id")
        passages = list(_units(record))
        document = Document(_text(passages), id=name, meta=_infons(record))
        annotations = [item for unit in passages for item in _objects(unit, "annotations")]
        relations = [item for unit in (*passages, record) for item in _objects(unit, "relations")]
        kept = [[_place(unit), _place(unit) + len(unit["text"]), _infons(unit)] for unit in passages]
    except (_Fault, OverflowError) as fault:
        report.add("B265", *where, id=ascii(name), fault=str(fault))
        return None
    infons: dict[str, dict[str, str]] = {}
    for annotation in annotations:
        try:
            mention, others = _mention(annotation, document.text)
        except _Fault as fault:
            report.add("B266", *where, id=ascii(name), shown=_quote(annotation), fault=str(fault))
            continue
        document.mentions.append(mention)
        if others:
            infons[_key(mention)] = others
    known = {mention.id for mention in document.mentions}
    for item in relations:
        try:
            document.relations.append(_relation(item, known))
        except _Fault as fault:
            report.add("B267", *where, id=ascii(name), shown=_quote(item), fault=str(fault))
    document.extra[STORE] = {"passages": kept, "annotations": infons}
    return document


def _objects(owner: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = owner.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _Fault(f'"{name}" is not a list of objects')
    return items


def _infons(owner: dict[str, Any]) -> dict[str, str]:
    infons = owner.get("infons") or {}
    if not isinstance(infons, dict):
        raise _Fault('"infons" is not an object')
    given = {key: value for key, value in infons.items() if value is not None}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()}


def _name(owner: dict[str, Any], key: str) -> str:
    name = name_of(owner.get(key))
    if name is None:
        raise _Fault(f'"{key}" is not a string')
    return name


def _units(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the units that have a text, in order: passages, and the sentences of passages without a text.

    A passage may repeat the text of its sentences. Then the passage is the unit, and takes their annotations.
    """
    for passage in _objects(record, "passages"):
        sentences = _objects(passage, "sentences")
        if isinstance(passage.get("text"), str) and (passage["text"] or not sentences):
            annotations = _objects(passage, "annotations") + [a for s in sentences for a in _objects(s, "annotations")]
            relations = _objects(passage, "relations") + [r for s in sentences for r in _objects(s, "relations")]
            yield {**passage, "annotations": annotations, "relations": relations}
            continue
        for number, sentence in enumerate(sentences):
            # Infons and relations of the passage go to its first sentence, so that they are kept once.
            infons = _infons(passage) if number == 0 else {}
            relations = _objects(passage, "relations") if number == 0 else []
            relations = relations + _objects(sentence, "relations")
            yield {**sentence, "infons": {**infons, **_infons(sentence)}, "relations": relations}


def _place(unit: dict[str, Any]) -> int:
    offset = unit.get("offset", 0)
    if (
        isinstance(offset, bool)
        or not isinstance(offset, int | str)
        or not re.fullmatch(r"\s*\d{1,15}\s*", str(offset))
    ):
        raise _Fault(f"a passage has the offset {offset!r}")
    return int(offset)


def _text(units: list[dict[str, Any]]) -> str:
    # Passages are placed by their offsets, so that offsets of annotations index the text as they are:
    #
    #     {"offset": 0, "text": "Title."}  {"offset": 8, "text": "Abstract."}   ->   "Title." "\n\n" "Abstract."
    parts: list[str] = []
    length = 0
    for unit in units:
        if not isinstance(unit.get("text"), str):
            raise _Fault("a passage has no text")
        gap = _place(unit) - length
        if gap < 0:
            raise _Fault(f"a passage at {_place(unit)} starts inside the one before, which ends at {length}")
        if gap > LONGEST_GAP:
            raise _Fault(f"a passage at {_place(unit)} lies more than {LONGEST_GAP:,} characters after the one before")
        parts += ["\n" * gap, unit["text"]]
        length += gap + len(unit["text"])
    return "".join(parts)


def _mention(annotation: dict[str, Any], text: str) -> tuple[Mention, dict[str, str]]:
    """Return the mention of an annotation, and the infons that the mention cannot hold."""
    spans = []
    for location in _objects(annotation, "locations"):
        offset, length = _place(location), location.get("length")
        if isinstance(length, bool) or not re.fullmatch(r"\s*\d{1,15}\s*", str(length)):
            raise _Fault(f"a location has the length {length!r}")
        spans.append((offset, offset + int(str(length))))
    if not spans:
        raise _Fault("it has no location")
    # BioC does not fix the order of locations; fragments of a Mention are in text order.
    spans.sort()
    infons = _infons(annotation)
    label = infons.pop(TYPE, "").strip()
    key = next((key for key in infons if key.lower() in IDENTIFIERS), None)
    concepts = split_concepts(infons[key]) if key else ()
    score = _score(infons.get(SCORE))
    if score is not None:
        del infons[SCORE]
    # An identifier under another name, or joined in another way, stays among the infons and is written back unchanged.
    if key == IDENTIFIER and join_concepts(concepts) == infons[key]:
        del infons[key]
    fragments = tuple(spans) if len(spans) > 1 else ()
    facts = tuple((name, value) for name, value in infons.items() if name.lower() not in _NO_ATTRIBUTES)
    for name, _ in facts:
        del infons[name]
    mention = Mention(spans[0][0], spans[-1][1], label, fragments, _name(annotation, "id"), concepts, score, facts)
    fault = fault_of(mention, len(text))
    if fault:
        raise _Fault(fault)
    stated = annotation.get("text")
    actual = "".join(text[start:end] for start, end in spans)
    if isinstance(stated, str) and stated and "".join(stated.split()) != "".join(actual.split()):
        raise _Fault(f"the text there is {_quote(actual)}")
    return mention, infons


def _score(value: str | None) -> float | None:
    try:
        score = float(value) if value is not None else None
    except ValueError:
        return None
    return score if score is not None and isfinite(score) and 0 <= score <= 1 else None


def _relation(item: dict[str, Any], known: set[str]) -> Relation:
    infons = _infons(item)
    label = infons.pop(TYPE, infons.pop("relation", ""))
    score = _score(infons.get(SCORE))
    if score is not None:
        del infons[SCORE]
    nodes = _objects(item, "nodes")
    if nodes:
        arguments = tuple((_name(node, "role"), _name(node, "refid")) for node in nodes)
        missing = next((name for _, name in arguments if name not in known), None)
        if missing is not None:
            raise _Fault(f"it refers to {missing!a}, which does not exist")
    else:
        arguments = tuple((key, infons.pop(key)) for key in list(infons) if _ENTITY.fullmatch(key))
        if not arguments:
            raise _Fault("it has neither nodes nor entities")
    name = _name(item, "id")
    return Relation(label, arguments, name, score, of_concepts=not nodes, attributes=tuple(infons.items()))


def _key(mention: Mention) -> str:
    return f"{mention.id} {mention.parts} {mention.label} {join_concepts(mention.concepts)}"


def _quote(value: Any) -> str:
    words = ascii(value)
    return words if len(words) <= 80 else f"{words[:77]}..."


def from_document(document: Document, number: int) -> dict[str, Any]:
    """Return the BioC document of a Document; one without an id is named by its number."""
    kept = document.extra.get(STORE, {})
    passages: list[dict[str, Any]] = [
        {"offset": start, "infons": dict(infons), "text": document.text[start:end], "annotations": [], "relations": []}
        for start, end, infons in _passages(document, kept)
    ]
    starts = [passage["offset"] for passage in passages]
    for fresh, mention in enumerate(document.mentions, 1):
        home = max((i for i, start in enumerate(starts) if start <= mention.start), default=0)  # the passage it is in
        passages[home]["annotations"].append(_annotation(document, mention, kept, fresh))
    meta = {key: value if isinstance(value, str) else repr(value) for key, value in document.meta.items()}
    return {
        "id": document.id or str(number),
        "infons": meta,
        "passages": passages,
        "relations": [_relation_record(relation) for relation in document.relations],
    }


def note_lost(document: Document, number: int, path: Path, report: ProblemLog | None) -> None:
    """Note the attributes that infons cannot hold, as B263: a second one of a name, or one named like another infon."""
    lost = 0
    for mention in document.mentions:
        if mention.attributes:
            lost += len(mention.attributes) - len(
                {name for name, _ in mention.attributes if name != TYPE and name.lower() not in _NO_ATTRIBUTES}
            )
    if report is not None:
        report.note_lost(path, document.id or str(number), {"attributes": lost})


def _passages(document: Document, kept: dict[str, Any]) -> Iterable[tuple[int, int, dict[str, str]]]:
    """Return the passages that were read if they still cover the text; else a title and the rest, or one passage."""
    stored = kept.get("passages") or []
    # A text of another length was edited since: its passages are no longer known.
    if stored and stored[-1][1] == len(document.text):
        return stored
    title, line_break, rest = document.text.partition("\n")
    if not (line_break and rest):
        return [(0, len(document.text), {})]
    return [
        (0, len(title), {TYPE: "title"}),
        (len(title) + 1, len(document.text), {TYPE: "abstract"}),
    ]


def _annotation(document: Document, mention: Mention, kept: dict[str, Any], number: int) -> dict[str, Any]:
    infons = {TYPE: mention.label}
    stored = kept.get("annotations", {}).get(_key(mention), {})
    if mention.concepts and not any(key.lower() in IDENTIFIERS for key in stored):
        infons[IDENTIFIER] = join_concepts(mention.concepts)
    infons.update(stored)
    for name, value in mention.attributes:
        if name.lower() not in _NO_ATTRIBUTES:
            infons.setdefault(name, value)
    if mention.score is not None:
        infons[SCORE] = f"{mention.score:.6g}"
    return {
        "id": mention.id or str(number),
        "infons": infons,
        "text": document.text_of(mention),
        "locations": [{"offset": start, "length": end - start} for start, end in mention.parts],
    }


def _relation_record(relation: Relation) -> dict[str, Any]:
    infons = {TYPE: relation.label}
    if relation.of_concepts:
        infons.update({f"entity{i}": name for i, (_, name) in enumerate(relation.arguments, 1)})
    infons.update(relation.attributes)
    if relation.score is not None:
        infons[SCORE] = f"{relation.score:.6g}"
    nodes = [] if relation.of_concepts else [{"refid": name, "role": role} for role, name in relation.arguments]
    return {"id": relation.id, "infons": infons, "nodes": nodes}
