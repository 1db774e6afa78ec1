"""JSON lines: a document a line, in one object.

    {"id": "d1", "text": "No rash.", "entities": [{"start": 3, "end": 7, "label": "ADR"}], "meta": {"year": 2020}}

Offsets count characters. An entity may have an ``id``, ``concepts`` (a list of ids in a terminology) and, where it is
discontinuous, ``fragments`` (a list of [start, end]); a document may have ``tokens`` (a list of [start, end]) and
``sentences`` (the numbers of the tokens that start one). That is what is written.

Read are also entities as [start, end, label], and the names that others use: ``spans`` (Prodigy), ``label`` and
``labels`` with triples, ``data`` for the text, ``start_offset`` and ``end_offset`` (doccano), ``type`` and
``entity_type``. Other members of the object go to ``Document.meta``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import BionerError
from .document import Document, Mention, fault_of
from .problems import ProblemLog
from .text_io import encoded, open_output, read_lines

_TEXT = ("text", "data")
_ENTITIES = ("entities", "spans", "labels", "label")
_START = ("start", "start_offset")
_END = ("end", "end_offset")
_LABEL = ("label", "type", "entity_type")


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the documents of a file of JSON lines (also .gz), as a stream; empty lines are passed over.

    Reports lines that do not decode (B103) or are no JSON object (B153) or no document (B154), and entities that do
    not fit the text, or whose own ``text`` is not what stands at their offsets (B155). Notes documents that Prodigy's
    ``answer`` does not accept (B156). Raises B101.
    """
    path = Path(path)
    for number, line in read_lines(path, report):
        if not line or line.isspace():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError(f"a {type(record).__name__}")
        except (ValueError, RecursionError) as err:
            report.add("B153", path, number, reason=str(err))
            continue
        if record.get("answer", "accept") != "accept":
            report.note("B156", path, number, answer=record["answer"])
            continue
        try:
            yield _document(record, path, number, report)
        except _Fault as fault:
            report.add("B154", path, number, fault=str(fault))


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents as JSON lines (packed where the name ends in .gz). ``report`` is not used: nothing is lost.

    Raises B157 (meta that JSON cannot hold), B127 (text that UTF-8 cannot hold) and B101.
    """
    path = Path(path)
    with open_output(path) as file:
        for document in documents:
            try:
                line = json.dumps(_record(document), ensure_ascii=False)
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=document.id, reason=str(err)) from err
            file.write(encoded(line + "\n", path))


class _Fault(Exception):
    """What is wrong with a document, in words."""


def _first(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Take the first of these members out of a record; None where there is none."""
    name = next((name for name in names if name in record), None)
    return None if name is None else record.pop(name)


def _document(record: dict[str, Any], path: Path, line: int, report: ProblemLog) -> Document:
    text = _first(record, _TEXT)
    if not isinstance(text, str):
        raise _Fault('"text" is missing or no string')
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise _Fault("the text holds half a surrogate pair")
    name = record.pop("id", "")
    if not isinstance(name, str | int):
        raise _Fault('"id" is no string')
    meta = record.pop("meta", None) or {}
    if not isinstance(meta, dict):
        raise _Fault('"meta" is no object')
    tokens = _tokens(record.pop("tokens", None), len(text))
    sentences = record.pop("sentences", None)
    if sentences is not None and not _are_sentences(sentences, len(tokens or ())):
        raise _Fault('"sentences" are no numbers of tokens, in order')
    entities = _first(record, _ENTITIES)
    if entities is not None and not isinstance(entities, list):
        raise _Fault("the entities are no list")
    mentions = []
    for entity in entities or ():
        try:
            mentions.append(_mention(entity, text))
        except _Fault as fault:
            report.add("B155", path, line, entity=ascii(entity), fault=str(fault))
    return Document(text, mentions, str(name), tokens, sentences, {**record, **meta})


def _tokens(tokens: Any, length: int) -> list[tuple[int, int]] | None:
    if tokens is None:
        return None
    pairs: list[tuple[int, int]] = []
    for token in tokens if isinstance(tokens, list) else [tokens]:
        pair = [token.get("start"), token.get("end")] if isinstance(token, dict) else token
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(offset) is int for offset in pair)):
            raise _Fault('"tokens" are no list of [start, end]')
        if not (pairs[-1][1] if pairs else 0) <= pair[0] < pair[1] <= length:
            raise _Fault(f"token {len(pairs)} is {pair}: tokens must be in order, apart, and inside the text")
        pairs.append((pair[0], pair[1]))
    return pairs


def _are_sentences(sentences: Any, count: int) -> bool:
    if not isinstance(sentences, list) or not all(type(start) is int for start in sentences):
        return False
    return sentences == sorted(set(sentences)) and all(0 <= start < count for start in sentences)


def _mention(entity: Any, text: str) -> Mention:
    if isinstance(entity, list) and len(entity) == 3:
        entity = dict(zip(("start", "end", "label"), entity, strict=True))
    if not isinstance(entity, dict):
        raise _Fault("expected an object, or [start, end, label]")
    start, end, label = (_first(entity, names) for names in (_START, _END, _LABEL))
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        raise _Fault("expected numbers as start and end, and a string as label")
    fragments = entity.get("fragments") or []
    concepts = entity.get("concepts") or []
    name = entity.get("id", "")
    if not isinstance(fragments, list) or not all(_is_pair(pair) for pair in fragments):
        raise _Fault('"fragments" are no list of [start, end]')
    if not isinstance(concepts, list) or not all(isinstance(concept, str) for concept in concepts):
        raise _Fault('"concepts" are no list of strings')
    if not isinstance(name, str | int):
        raise _Fault('"id" is no string')
    mention = Mention(start, end, label, tuple((a, b) for a, b in fragments), str(name), tuple(concepts))
    fault = fault_of(mention, len(text))
    if fault:
        raise _Fault(fault)
    if not fragments and isinstance(entity.get("text"), str) and entity["text"] != text[start:end]:
        raise _Fault(f"the text there is {text[start:end]!a}")
    return mention


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(offset) is int for offset in value)


def _record(document: Document) -> dict[str, Any]:
    entities = []
    for mention in document.mentions:
        entity: dict[str, Any] = {"start": mention.start, "end": mention.end, "label": mention.label}
        if mention.fragments:
            entity["fragments"] = mention.fragments
        if mention.id:
            entity["id"] = mention.id
        if mention.concepts:
            entity["concepts"] = mention.concepts
        entities.append(entity)
    record: dict[str, Any] = {"id": document.id} if document.id else {}
    record.update(text=document.text, entities=entities)
    if document.tokens is not None:
        record["tokens"] = document.tokens
    if document.sentences is not None:
        record["sentences"] = document.sentences
    if document.meta:
        record["meta"] = document.meta
    return record
