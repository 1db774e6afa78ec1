"""BioC JSON: a collection of documents in one object, as the services of PubTator and PMC send it, read as a stream.

    {"source": "", "date": "", "key": "", "documents": [{"id": "1", "passages": [...]}, ...]}

Also read: the name ``PubTator3`` in place of ``documents``, a bare list, and one document per line. The module
``documents`` describes the parts of a document and their conversion.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...documents.document import Document
from ...errors import BionerError
from ..json_stream import read_json
from ..problems import ProblemLog
from ..text_io import encoded, open_output
from .documents import STORE, from_document, note_lost, to_document

OPENING = re.compile(
    r'\s*(?:\{\s*(?:"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|\{[^{}]*\}|null)\s*,\s*)*?'
    r'"(?:documents|PubTator3)"\s*:\s*)?\['
)
"""Everything before the first document: members with simple values, then the opening bracket of the list."""


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the documents of a file (also .gz, .xz), as a stream.

    Reports invalid JSON (B269; the rest of the file is not read), malformed documents (B265), annotations that do not
    fit the text (B266), relations to annotations that do not exist (B267), and damaged packed files (B116).
    Raises B101.
    """
    path = Path(path)
    for record in read_json(path, report, OPENING):
        if not isinstance(record, dict):
            report.add("B265", path, id="''", fault=f"it is a {type(record).__name__}, not an object")
            continue
        document = to_document(record, (path, 0), report)
        if document is not None:
            yield document


def recognises(path: Path, head: str) -> bool:
    """Return whether text is JSON with passages."""
    return head.lstrip()[:1] in ("{", "[") and '"passages"' in head


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents as one collection (packed if the name ends in .gz or .xz).

    report: takes a note B263 for attributes that infons cannot hold.
    ``source``, ``date`` and ``key`` are those of the first document, if it was read from BioC.
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


def _head(collection: dict[str, str]) -> str:
    values = {name: collection.get(name, "") for name in ("source", "date", "key")}
    return json.dumps({**values, "infons": {}}, ensure_ascii=False)[:-1] + ', "documents": ['
