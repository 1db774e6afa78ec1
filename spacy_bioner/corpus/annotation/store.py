"""Documents as lossless JSON lines, for the shards of a job.

An internal format of jobs. The exchange format is ``formats.jsonl``, which leaves ``extra`` out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...documents.document import Document, Mention, Relation, fault_of
from ...documents.question_values import from_values, to_values
from ...errors import BionerError
from ...formats.text_io import encoded, open_output


def save(documents: Iterable[Document], path: Path) -> None:
    """Write documents to a file, atomically. Raises B101, B127 and B157."""
    with open_output(path) as file:
        for document in documents:
            try:
                line = json.dumps(_record(document), ensure_ascii=False, separators=(",", ":"))
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=document.id, reason=str(err)) from err
            file.write(encoded(line + "\n", path))


def load(path: Path) -> Iterator[Document]:
    """Yield the documents of a file that ``save`` wrote. Raises B274 for any other file."""
    try:
        with open(path, "rb") as file:
            for line in file:
                yield _document(json.loads(line))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise BionerError("B274", path=path, reason=f"{type(err).__name__}: {err}") from err


def _record(document: Document) -> dict[str, Any]:
    return {
        "text": document.text,
        "mentions": [
            [m.start, m.end, m.label, m.fragments, m.id, m.concepts, m.score, m.attributes] for m in document.mentions
        ],
        "id": document.id,
        "tokens": document.tokens,
        "sentences": document.sentences,
        "meta": document.meta,
        "extra": document.extra,
        "relations": [[r.label, r.arguments, r.id, r.score, r.of_concepts, r.attributes] for r in document.relations],
        "question": None if document.question is None else to_values(document.question),
    }


def _pairs(items: list[list[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in items)


def _document(record: dict[str, Any]) -> Document:
    mentions = [
        Mention(start, end, label, _pairs(fragments), name, tuple(concepts), score, _pairs(attributes))
        for start, end, label, fragments, name, concepts, score, attributes in record["mentions"]
    ]
    relations = [
        Relation(label, _pairs(arguments), name, score, of_concepts, _pairs(attributes))
        for label, arguments, name, score, of_concepts, attributes in record["relations"]
    ]
    text, tokens = record["text"], record["tokens"]
    if not isinstance(text, str) or not all(isinstance(record[name], dict) for name in ("meta", "extra")):
        raise TypeError("a document of another shape")
    for mention in mentions:
        if fault := fault_of(mention, len(text)):
            raise ValueError(fault)
    question = record["question"]
    return Document(
        text,
        mentions,
        record["id"],
        None if tokens is None else list(_pairs(tokens)),
        record["sentences"],
        record["meta"],
        record["extra"],
        relations,
        None if question is None else from_values(question, text),
    )
