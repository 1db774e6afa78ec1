"""A document as one line of JSON, with the members that ``jsonl`` describes."""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted
from math import isfinite
from pathlib import Path
from typing import Any

from ..documents.document import Document, Relation
from ..documents.question_values import to_values
from .text_io import encoded

_CONTROL = bytes(range(32))
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def json_line(document: Document, path: Path) -> bytes:
    """Return a document as JSON in UTF-8. The entities are put together by hand, in a third of the encoder's time.

    path: of the file, for the message. Raises TypeError, ValueError or RecursionError for metadata that JSON cannot
    hold, and B127.
    """
    labels: dict[str, str] = {}
    entities = []
    for mention in document.mentions:
        label = labels.get(mention.label) or labels.setdefault(mention.label, quoted(mention.label))
        entity = f'{{"start": {mention.start}, "end": {mention.end}, "label": {label}'
        if mention.fragments:
            entity += f', "fragments": {_ENCODER.encode(mention.fragments)}'
        if mention.id:
            entity += f', "id": {quoted(mention.id)}'
        if mention.concepts:
            entity += f', "concepts": [{", ".join(map(quoted, mention.concepts))}]'
        if mention.score is not None:
            plain = type(score := mention.score) is float and isfinite(score)
            entity += f', "score": {score if plain else _ENCODER.encode(score)}'
        if mention.attributes:
            entity += f', "attributes": {_ENCODER.encode(mention.attributes)}'
        entities.append(entity + "}")
    name = f'"id": {quoted(document.id)}, ' if document.id else ""
    given = {"tokens": document.tokens, "sentences": document.sentences}
    rest: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if document.relations:
        rest["relations"] = [_relation_record(relation) for relation in document.relations]
    if document.question is not None:
        rest["question"] = to_values(document.question)
    if document.meta:
        rest["meta"] = document.meta
    end = f", {_ENCODER.encode(rest)[1:]}" if rest else "}"
    head, tail = f'{{{name}"text": ', f', "entities": [{", ".join(entities)}]{end}'
    return encoded(head, path) + _text(document.text, path) + encoded(tail, path)


def _text(text: str, path: Path) -> bytes:
    """Return a text as a JSON string."""
    # `quoted` copies character by character; most texts have no control character, and replacing is much faster.
    raw = encoded(text, path)
    if len(raw.translate(None, _CONTROL)) < len(raw):
        return quoted(text).encode()
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _relation_record(relation: Relation) -> dict[str, Any]:
    record: dict[str, Any] = {"label": relation.label, "arguments": relation.arguments}
    if relation.id:
        record["id"] = relation.id
    if relation.score is not None:
        record["score"] = relation.score
    if relation.of_concepts:
        record["of_concepts"] = True
    if relation.attributes:
        record["attributes"] = relation.attributes
    return record
