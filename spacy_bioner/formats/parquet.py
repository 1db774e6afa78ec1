"""Parquet, through pyarrow: one row per document, for Spark, DuckDB, pandas and other readers of columns.

Columns: ``id`` and ``text``; ``entities``, a list of structs (start, end, label, fragments, id, concepts, score,
attributes); ``relations``, a list of structs (id, label, arguments, score, of_concepts, attributes); ``meta``, as JSON.
A file from another program needs ``text`` only; its ``entities`` need start, end and label only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ..documents.document import Document, Mention, Relation, fault_of
from ..errors import BionerError, require
from .json_stream import name_of
from .problems import ProblemLog
from .text_io import encoded, open_output

_COLUMNS = ("id", "text", "entities", "relations", "meta")

ROWS = 1000
"""Rows held in memory at once, in reading and in writing."""


def _schema() -> Any:
    import pyarrow as pa

    pair = pa.struct([("name", pa.string()), ("value", pa.string())])
    span = pa.struct([("start", pa.int64()), ("end", pa.int64())])
    entity = [("start", pa.int64()), ("end", pa.int64()), ("label", pa.string()), ("fragments", pa.list_(span))]
    entity += [("id", pa.string()), ("concepts", pa.list_(pa.string())), ("score", pa.float64())]
    entity += [("attributes", pa.list_(pair))]
    relation = [("id", pa.string()), ("label", pa.string()), ("arguments", pa.list_(pair)), ("score", pa.float64())]
    relation += [("of_concepts", pa.bool_()), ("attributes", pa.list_(pair))]
    columns = [("id", pa.string()), ("text", pa.string()), ("entities", pa.list_(pa.struct(entity)))]
    return pa.schema([*columns, ("relations", pa.list_(pa.struct(relation))), ("meta", pa.string())])


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the documents of a file, as a stream of row groups.

    Reports a file that is not Parquet (B271) or has no column ``text`` (B192), rows without text or with other types
    (B265), and entities that do not fit (B266). Raises B101, and B900 if pyarrow is not installed.
    """
    require("pyarrow", "parquet")
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    path = Path(path)
    try:
        with pq.ParquetFile(path) as file:
            # Other columns, which may be large, are not read from the disk.
            columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
            if "text" not in columns:
                report.add("B192", path, columns=", ".join(file.schema_arrow.names) or "none")
                return
            number = 0
            for batch in file.iter_batches(batch_size=ROWS, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    document = _document(row, number, path, report)
                    if document is not None:
                        yield document
    except (ArrowException, UnicodeDecodeError, OverflowError) as err:
        report.add("B271", path, reason=str(err).partition("\n")[0])
    except OSError as err:
        # pyarrow reports damaged pages as an OSError without a number.
        if err.errno is None:
            report.add("B271", path, reason=str(err).partition("\n")[0])
            return
        raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err


def _document(row: dict[str, Any], number: int, path: Path, report: ProblemLog) -> Document | None:
    name = name_of(row.get("id")) or ""
    try:
        if not isinstance(row["text"], str):
            raise TypeError("it has no text")
        if name_of(row.get("id")) is None:
            raise TypeError("its id is not a string")
        meta = json.loads(row.get("meta") or "{}")
        if not isinstance(meta, dict):
            raise TypeError("its meta is not an object")
        entities = row.get("entities") or []
        if not isinstance(entities, list):
            raise TypeError("its entities are not a list")
        relations = [_relation(item) for item in row.get("relations") or ()]
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as err:
        report.add("B265", path, number, id=ascii(name or str(number)), fault=str(err) or type(err).__name__)
        return None
    document = Document(row["text"], id=name, meta=meta, relations=relations)
    for item in entities:
        mention, fault = _mention(item, len(document.text))
        if mention is None:
            report.add("B266", path, number, id=ascii(name or str(number)), shown=ascii(item)[:80], fault=fault)
        else:
            document.mentions.append(mention)
    return document


def _relation(item: dict[str, Any]) -> Relation:
    """Return a relation; raises the errors that ``_document`` reports."""
    label, name, score, flag = item["label"], name_of(item.get("id")), item.get("score"), item.get("of_concepts")
    pairs = _pairs(item["arguments"]), _pairs(item.get("attributes"))
    words = [label, *(word for both in pairs for pair in both for word in pair)]
    if name is None or not all(isinstance(word, str) for word in words):
        raise TypeError("the label, id, arguments and attributes of a relation are strings")
    if not isinstance(flag, bool | None) or not _is_score(score):
        raise TypeError(f"a relation has the score {score!a} and of_concepts {flag!a}")
    return Relation(label, pairs[0], name, score, bool(flag), pairs[1])


def _pairs(items: Any) -> tuple[tuple[str, str], ...]:
    return tuple((item["name"], item["value"]) for item in items or ())


def _is_score(score: Any) -> bool:
    return score is None or (type(score) in (int, float) and 0 <= score <= 1)


def _mention(item: Any, length: int) -> tuple[Mention | None, str]:
    try:
        fragments = tuple((span["start"], span["end"]) for span in item.get("fragments") or ())
        start, end, label, score = item["start"], item["end"], item["label"], item.get("score")
        concepts, name = tuple(item.get("concepts") or ()), name_of(item.get("id"))
        attributes = _pairs(item.get("attributes"))
    except (KeyError, TypeError, AttributeError):
        return None, "it has no start, end and label"
    numbers = (start, end, *(edge for pair in fragments for edge in pair))
    if not all(type(number) is int for number in numbers) or not isinstance(label, str):
        return None, "expected numbers as start and end, and a string as label"
    words = (*concepts, *(word for pair in attributes for word in pair))
    if name is None or not all(isinstance(word, str) for word in words):
        return None, "expected strings as id, concepts and attributes"
    if not _is_score(score):
        return None, f"its score is {score!a}"
    mention = Mention(start, end, label, fragments, name, concepts, score, attributes)
    fault = fault_of(mention, length)
    return (None, fault) if fault else (mention, "")


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents in row groups of ROWS, compressed. ``report`` is not used: everything except tokens is written.

    Raises B101, B127, B157, B285, and B900 if pyarrow is not installed.
    """
    require("pyarrow", "parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    schema = _schema()
    stream = iter(documents)
    with open_output(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while rows := [_row(document, path) for document in islice(stream, ROWS)]:
            try:
                batch = pa.RecordBatch.from_pylist(rows, schema=schema)
            except (pa.ArrowException, UnicodeEncodeError, OverflowError):
                for row in rows:
                    _check_row(row, schema)
                raise
            writer.write_batch(batch)


def _check_row(row: dict[str, Any], schema: Any) -> None:
    """Raise B285 for a document that Arrow cannot hold."""
    import pyarrow as pa

    try:
        pa.RecordBatch.from_pylist([row], schema=schema)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError) as err:
        raise BionerError("B285", id=ascii(row["id"]), reason=str(err).partition("\n")[0]) from err


def _row(document: Document, path: Path) -> dict[str, Any]:
    encoded(document.text, path)
    try:
        meta = json.dumps(document.meta, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as err:
        raise BionerError("B157", id=document.id, reason=str(err)) from err
    return {
        "id": document.id,
        "text": document.text,
        "entities": [
            {
                **mention.record(),
                "fragments": [{"start": start, "end": end} for start, end in mention.fragments],
                "id": mention.id,
                "attributes": _named(mention.attributes),
            }
            for mention in document.mentions
        ],
        "relations": [
            {
                "id": relation.id,
                "label": relation.label,
                "arguments": _named(relation.arguments),
                "score": relation.score,
                "of_concepts": relation.of_concepts,
                "attributes": _named(relation.attributes),
            }
            for relation in document.relations
        ],
        "meta": meta,
    }


def _named(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
