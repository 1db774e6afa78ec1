"""BioC JSON: a collection of documents in one object, as the services of PubTator and PMC send it, read as a stream.

    {"source": "", "date": "", "key": "", "documents": [{"id": "1", "passages": [...]}, ...]}

Also read: the name ``PubTator3`` in place of ``documents``, a bare list, one document per line, and several
collections, in a list, as PMC sends them, or one after the other. The module ``documents`` describes the parts of a
document and their conversion.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...documents.document import Document
from ...errors import BionerError
from ..json_stream import read_json
from ..problems import ProblemLog
from ..text_io import encoded, open_output
from .documents import COLLECTION, STORE, from_document, note_lost, to_document

LISTS = ("documents", "PubTator3")
"""The names of the list of documents in a collection."""

OPENING = re.compile(
    r'\s*(?:\{\s*(?:"(?:[^"\\]|\\.)*"\s*:\s*'
    r'(?:"(?:[^"\\]|\\.)*"|\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}|null|true|false|[-+.\deE]+)\s*,\s*)*?'
    rf'"(?:{"|".join(LISTS)})"\s*:\s*)?\['
)
"""Everything before the first document: members with simple values or flat objects, then the bracket of the list.

A collection with other members before its list is read as a whole.
"""


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the documents of a file (also .gz, .xz), as a stream.

    Members of a collection that follow its documents are not read.
    Reports invalid JSON (B269; the rest of the file is not read), malformed documents (B265), annotations that do not
    fit the text (B266), relations to what is no annotation (B267), and damaged packed files (B116).
    Raises B101.
    """
    path = Path(path)
    head: dict[str, Any] = {}
    for value in read_json(path, report, OPENING, head):
        for collection, record in _records(value, head):
            if not isinstance(record, dict):
                report.add("B265", path, id="''", fault=f"it is a {type(record).__name__}, not an object")
                continue
            document = to_document(record, (path, 0), report, collection)
            if document is not None:
                yield document


def _records(value: Any, head: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield each document with its collection: those of a collection that was read as a whole, or the value itself."""
    lists = [value[name] for name in LISTS if isinstance(value.get(name), list)] if isinstance(value, dict) else []
    if not lists or "passages" in value:
        yield head, value
        return
    for records in lists:
        for record in records:
            yield value, record


def recognises(path: Path, head: str) -> bool:
    """Return whether text is JSON with passages."""
    return head.lstrip()[:1] in ("{", "[") and '"passages"' in head


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents as one collection (packed if the name ends in .gz or .xz).

    report: takes a note B263 for attributes that infons cannot hold.
    The source, date, key and infons of the collection are those of the first document, if it was read from BioC.
    Raises B101, B127 and B157.
    """
    path = Path(path)
    with open_output(path) as file:
        count = 0
        for count, document in enumerate(documents, 1):
            # The head depends on the first document: it is written with it, so that the rest is a stream.
            if count == 1:
                file.write(encoded(_head(document.extra.get(STORE, {}).get("collection", {})), path))
            note_lost(document, count, path, report)
            try:
                line = json.dumps(from_document(document, count), ensure_ascii=False)
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=document.id, reason=str(err)) from err
            file.write(encoded(("\n" if count == 1 else ",\n") + line, path))
        file.write(encoded("\n]}\n" if count else _head({}) + "]}\n", path))


def _head(collection: dict[str, Any]) -> str:
    values = {name: collection.get(name, "") for name in COLLECTION}
    return json.dumps({**values, "infons": collection.get("infons", {})}, ensure_ascii=False)[:-1] + ', "documents": ['
