"""Plain text, also packed (.gz, .xz): documents without mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal, get_args

from ..documents.document import Document
from ..errors import BionerError
from .problems import ProblemLog
from .text_io import BOM, encoded, file_stem, open_output, read_lines, read_text

Unit = Literal["file", "paragraph", "line"]

_BREAKS = re.compile(r"[\n\r]\s*")


def read(path: Path | str, report: ProblemLog, *, unit: Unit = "file", encoding: str = "utf-8") -> Iterator[Document]:
    """Return the documents of a text file; by paragraph or line as a stream, without empty ones.

    unit: of text that becomes a document: the ``file``, unchanged, line ends included; a ``paragraph``, up to an empty
        line; or a ``line``. Ids are the file's name, and the document's number unless the file is one document.
    encoding: of the file.

    Reports text that does not decode (B103; the document is left out) and damaged packed files (B116). Notes byte order
    marks and CRLF line ends that are dropped (B136, B137). Raises B160 (no such unit), B101 and B124.
    """
    path = Path(path)
    if unit not in get_args(Unit):
        raise BionerError("B160", unit=unit, known=", ".join(get_args(Unit)))
    name = file_stem(path)
    if unit == "file":
        return _whole(path, report, name, encoding)
    return _parts(path, report, name, encoding, unit)


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write the texts, one per line: line breaks in them become spaces. Mentions and relations
    are dropped, and noted (B159).

    Raises B127 (text that UTF-8 cannot hold) and B101.
    """
    path = Path(path)
    dropped = related = 0
    first = True
    with open_output(path) as file:
        for document in documents:
            dropped += len(document.mentions)
            related += len(document.relations)
            # A single pattern with white space on both sides would take quadratic time on a long run of blanks.
            lines = (line.rstrip(" \t") for line in _BREAKS.split(document.text.strip()))
            line = " ".join(lines) + "\n"
            if first and line.startswith(BOM):  # the reader drops one at the start of a file, so the text needs two
                line = BOM + line
            first = False
            file.write(encoded(line, path))
    if report is not None and (dropped or related):
        report.note("B159", path, count=dropped, related=related)
        report.left_out.update(mentions=dropped, relations=related)


def _whole(path: Path, report: ProblemLog, name: str, encoding: str) -> Iterator[Document]:
    text = read_text(path, report, encoding)
    if text is not None:
        yield Document(text, id=name)


def _parts(path: Path, report: ProblemLog, name: str, encoding: str, unit: Unit) -> Iterator[Document]:
    number = 0
    part: list[str] = []
    whole = True
    for _, line in chain(read_lines(path, report, encoding), [(0, "")]):
        if line is None:
            whole = False
        elif line and not line.isspace():
            part.append(line)
        if unit == "line" or (line is not None and (not line or line.isspace())):
            if part and whole:
                number += 1
                yield Document("\n".join(part), id=f"{name}-{number}")
            part, whole = [], True
