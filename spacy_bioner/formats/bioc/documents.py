"""Conversion of BioC documents, in the form of BioC's JSON, to Documents and back; XML is first brought to that form.

A document has passages. Each has an offset and a text, or sentences that have them:

    {"id": "15485686", "infons": {}, "relations": [...], "passages": [
        {"offset": 0, "infons": {"type": "title"}, "text": "A novel SCN5A mutation", "sentences": [], "relations": [],
         "annotations": [{"id": "0", "infons": {"type": "Gene", "identifier": "6331"}, "text": "SCN5A",
                          "locations": [{"offset": 8, "length": 5}]}]}]}

The text of a Document is the text of its passages, each at its offset; line breaks fill the gaps between them. Offsets
count characters. The document and each passage may have annotations too; they are written in the passage that they
stand in. The module ``relations`` describes relations.

The infons of an annotation beyond type, identifiers and score are the mention's ``attributes``.
``Document.extra["bioc"]`` keeps the passages with their infons, further identifiers of annotations, and the source,
date, key and infons of the collection, so that a file is written back complete.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from ...documents.concept_ids import join_concepts, split_concepts
from ...documents.document import Document, Mention, Relation, fault_of
from ...errors import BionerError
from ..json_stream import name_of
from ..problems import ProblemLog
from ..stated_text import agrees, is_respelt
from .names import AnnotationNames, Numbering, Scope, placed
from .parts import SCORE, TYPE, Fault, infon, infons_of, name_in, objects, quoted, score_of
from .relations import held_attributes, read_relation, relation_record

STORE = "bioc"
IDENTIFIER = "identifier"
COLLECTION = ("source", "date", "key")
LONGEST_GAP = 1_000_000
"""Most characters between two passages. PubTator's full texts leave one, some collections of excerpts thousands."""

IDENTIFIERS = ("identifier", "mesh", "omim", "ncbi gene", "ncbi homologene", "entrez", "chebi", "uniprot", "taxonomy")
"""Infons of an annotation, in lower case, that hold concept ids."""

_NO_ATTRIBUTES = frozenset(("", SCORE, *IDENTIFIERS))
"""Infons, in lower case, that are no attributes: an identifier after the first, a score that is not a probability."""

Passage = list[Any]
"""First character, one past the last, and infons, as ``extra`` keeps them."""

Where = tuple[Any, int]
"""The file and the line (0 if not known) that a problem is reported for."""


def to_document(
    record: dict[str, Any], where: Where, report: ProblemLog, collection: dict[str, Any] | None = None
) -> Document | None:
    """Return the Document of one BioC document; None for a malformed one (reported, B265).

    collection: the object that holds the document; its source, date, key and infons are kept.
    Reports annotations that do not fit the text or state another text (B266), and relations to what is no annotation,
    or to one of several with the same id (B267); see ``names``. Notes a text stated in other characters (B129).
    """
    name = "?"
    try:
        name = name_in(record, "id")
        if not isinstance(record.get("passages"), list):
            raise Fault("it has no passages")
        passages = list(_units(record))
        document = Document(_text(passages), id=name, meta=infons_of(record))
        annotations, relations = list(placed(record, "annotations")), list(placed(record, "relations"))
        kept = [[_place(unit), _place(unit) + len(unit["text"]), infons_of(unit)] for unit in passages]
        store: dict[str, Any] = {"passages": kept, "annotations": {}}
        if collection:
            store["collection"] = _collection(collection)
    except (Fault, OverflowError) as fault:
        report.add("B265", *where, id=ascii(name), fault=str(fault))
        return None
    document.extra[STORE] = store
    names = AnnotationNames(name_of(item.get("id")) or "" for _, item in annotations)
    for scope, item in annotations:
        try:
            mention, others, respelt = _mention(item, document.text)
        except Fault as fault:
            names.add(scope, name_of(item.get("id")) or "", sound=False)
            report.add("B266", *where, id=ascii(name), shown=quoted(item), fault=str(fault))
            continue
        distinct = names.add(scope, mention.id)
        if distinct != mention.id:
            mention = replace(mention, id=distinct)
        if respelt:
            report.note("B129", *where, id=ascii(name), stated=quoted(item["text"]), actual=quoted(respelt))
        document.mentions.append(mention)
        if others:
            store["annotations"][_key(mention)] = others
    document.relations = list(_relations(relations, names, name, where, report))
    return document


def _relations(
    items: list[tuple[Scope, dict[str, Any]]], names: AnnotationNames, name: str, where: Where, report: ProblemLog
) -> Iterator[Relation]:
    """Yield the relations of a document. An id that stands in another passage too gets a number."""
    ids = {str(item.get("id")) for _, item in items}
    numbering = Numbering(ids)
    given: dict[tuple[Scope, str], str] = {}
    for scope, item in items:
        try:
            relation = read_relation(item, scope, names, ids)
        except Fault as fault:
            report.add("B267", *where, id=ascii(name), shown=quoted(item), fault=str(fault))
            continue
        # Two of one id in one place keep it: the check of all formats reports the second.
        key = scope, relation.id
        if key not in given:
            given[key] = numbering.distinct(relation.id)
        yield replace(relation, id=given[key])


def _collection(collection: dict[str, Any]) -> dict[str, Any]:
    given = {name: collection[name] for name in COLLECTION if collection.get(name) is not None}
    return {**{name: infon(value) for name, value in given.items()}, "infons": infons_of(collection)}


def _units(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the units that have a text, in order: passages, and the sentences of passages without a text.

    A passage may repeat the text of its sentences. Then the passage is the unit. One that has neither is a unit with an
    empty text.
    """
    for passage in objects(record, "passages"):
        sentences = objects(passage, "sentences")
        if not sentences and passage.get("text") is None:
            passage = {**passage, "text": ""}
        if not sentences or (isinstance(passage.get("text"), str) and passage["text"]):
            yield passage
            continue
        for number, sentence in enumerate(sentences):
            if number == 0:
                # The infons of the passage go to its first sentence, so that they are kept once.
                sentence = {**sentence, "infons": {**infons_of(passage), **infons_of(sentence)}}
            yield sentence


def _place(unit: dict[str, Any]) -> int:
    offset = unit.get("offset", 0)
    if (
        isinstance(offset, bool)
        or not isinstance(offset, int | str)
        or not re.fullmatch(r"\s*\d{1,15}\s*", str(offset))
    ):
        raise Fault(f"a passage has the offset {offset!r}")
    return int(offset)


def _text(units: list[dict[str, Any]]) -> str:
    # Passages are placed by their offsets, so that offsets of annotations index the text as they are:
    #
    #     {"offset": 0, "text": "Title."}  {"offset": 8, "text": "Abstract."}   ->   "Title." "\n\n" "Abstract."
    parts: list[str] = []
    length = 0
    for unit in units:
        if not isinstance(unit.get("text"), str):
            raise Fault("a passage has no text")
        gap = _place(unit) - length
        if gap < 0:
            raise Fault(f"a passage at {_place(unit)} starts inside the one before, which ends at {length}")
        if gap > LONGEST_GAP:
            raise Fault(f"a passage at {_place(unit)} lies more than {LONGEST_GAP:,} characters after the one before")
        parts += ["\n" * gap, unit["text"]]
        length += gap + len(unit["text"])
    return "".join(parts)


def _mention(annotation: dict[str, Any], text: str) -> tuple[Mention, dict[str, str], str]:
    """Return the mention of an annotation, the infons that it cannot hold, and its text if it is stated otherwise."""
    spans = []
    for location in objects(annotation, "locations"):
        offset, length = _place(location), location.get("length")
        if isinstance(length, bool) or not re.fullmatch(r"\s*\d{1,15}\s*", str(length)):
            raise Fault(f"a location has the length {length!r}")
        spans.append((offset, offset + int(str(length))))
    if not spans:
        raise Fault("it has no location")
    # BioC does not fix the order of locations, which the text may follow; fragments of a Mention are in text order.
    given = "".join(text[start:end] for start, end in spans)
    spans.sort()
    infons = infons_of(annotation)
    label = infons.pop(TYPE, "").strip()
    key = next((key for key in infons if key.lower() in IDENTIFIERS), None)
    concepts = split_concepts(infons[key]) if key else ()
    score = score_of(infons.get(SCORE))
    if score is not None:
        del infons[SCORE]
    # An identifier under another name, or joined in another way, stays among the infons and is written back unchanged.
    if key == IDENTIFIER and join_concepts(concepts) == infons[key]:
        del infons[key]
    facts = tuple((name, value) for name, value in infons.items() if name.lower() not in _NO_ATTRIBUTES)
    for name, _ in facts:
        del infons[name]
    name = name_in(annotation, "id")
    mention = Mention.of_parts(spans, label, id=name, concepts=concepts, score=score, attributes=facts)
    fault = fault_of(mention, len(text))
    if fault:
        raise Fault(fault)
    stated = annotation.get("text")
    actual = "".join(text[start:end] for start, end in spans)
    respelt = ""
    if isinstance(stated, str) and stated and not (agrees(stated, given) or agrees(stated, actual)):
        if not is_respelt(stated, actual):
            raise Fault(f"the text there is {quoted(actual)}")
        respelt = actual
    return mention, infons, respelt


def _key(mention: Mention) -> str:
    return f"{mention.id} {mention.parts} {mention.label} {join_concepts(mention.concepts)}"


def from_document(document: Document, number: int) -> dict[str, Any]:
    """Return the BioC document of a Document; one without an id is named by its number.

    Raises B157 for metadata that JSON cannot hold: infons have values other than strings as JSON.
    """
    kept = document.extra.get(STORE, {})
    passages: list[dict[str, Any]] = [
        {"offset": start, "infons": dict(infons), "text": document.text[start:end], "annotations": [], "relations": []}
        for start, end, infons in _passages(document, kept)
    ]
    starts = [passage["offset"] for passage in passages]
    taken = {mention.id for mention in document.mentions}
    fresh = (name for name in map(str, count(1)) if name not in taken)
    for mention in document.mentions:
        home = max(bisect_right(starts, mention.start) - 1, 0)  # the passage it is in
        passages[home]["annotations"].append(_annotation(document, mention, kept, mention.id or next(fresh)))
    try:
        meta = {key: infon(value) for key, value in document.meta.items()}
    except (TypeError, ValueError, RecursionError) as err:
        raise BionerError("B157", id=document.id, reason=str(err)) from err
    return {
        "id": document.id or str(number),
        "infons": meta,
        "passages": passages,
        "relations": [relation_record(relation) for relation in document.relations],
    }


def note_lost(document: Document, number: int, path: Path, report: ProblemLog | None) -> None:
    """Note the attributes that infons cannot hold, as B263: a second one of a name, or one named like another infon."""
    lost = {"attributes": 0, "attributes of relations": 0}
    for mention in document.mentions:
        if mention.attributes:
            lost["attributes"] += len(mention.attributes) - len(
                {name for name, _ in mention.attributes if name != TYPE and name.lower() not in _NO_ATTRIBUTES}
            )
    for relation in document.relations:
        lost["attributes of relations"] += len(relation.attributes) - len(held_attributes(relation))
    if report is not None:
        report.note_lost(path, document.id or str(number), lost)


def beside(document: Document) -> dict[str, int]:
    """Return what only BioC holds of a document that was read from it; a title and a single abstract are no loss."""
    kept = document.extra.get(STORE, {})
    passages = kept.get("passages", ())
    return {
        "passages with their infons": 0 if passages == _usual(document.text) else len(passages),
        "further identifiers of annotations": sum(map(len, kept.get("annotations", {}).values())),
        "fields of the collection": sum(map(bool, kept.get("collection", {}).values())),
    }


def _passages(document: Document, kept: dict[str, Any]) -> list[Passage]:
    """Return the passages that were read if they still cover the text; else a title and the rest, or one passage."""
    stored: list[Passage] = kept.get("passages") or []
    # A text of another length was edited since: its passages are no longer known.
    return stored if stored and stored[-1][1] == len(document.text) else _usual(document.text)


def _usual(text: str) -> list[Passage]:
    """Return the passages of a text of which no others are known: its first line as the title, and the rest."""
    title, line_break, rest = text.partition("\n")
    if not (line_break and rest):
        return [[0, len(text), {}]]
    return [[0, len(title), {TYPE: "title"}], [len(title) + 1, len(text), {TYPE: "abstract"}]]


def _annotation(document: Document, mention: Mention, kept: dict[str, Any], name: str) -> dict[str, Any]:
    infons = {TYPE: mention.label}
    stored = kept.get("annotations", {}).get(_key(mention), {})
    if mention.concepts and not any(key.lower() in IDENTIFIERS for key in stored):
        infons[IDENTIFIER] = join_concepts(mention.concepts)
    infons.update(stored)
    for key, value in mention.attributes:
        if key.lower() not in _NO_ATTRIBUTES:
            infons.setdefault(key, value)
    if mention.score is not None:
        infons[SCORE] = f"{mention.score:.6g}"
    return {
        "id": name,
        "infons": infons,
        "text": document.text_of(mention),
        "locations": [{"offset": start, "length": end - start} for start, end in mention.parts],
    }
