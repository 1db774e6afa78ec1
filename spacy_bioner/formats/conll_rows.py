"""The rows of column files: which columns hold the token and the tag, and the sentences that rows make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BionerError
from ..tags import TokenSpan
from .problems import ProblemLog
from .text_io import read_lines

DOCSTART = "-DOCSTART-"

_BLANKS = re.compile(r"[ \t]+")


@dataclass(slots=True)
class Sentence:
    """A sentence as the file has it, ``spans`` being what its tags mean; or the line that starts a document."""

    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    spans: list[TokenSpan] = field(default_factory=list)
    docstart: str = ""


@dataclass(slots=True)
class Columns:
    """Where the token and the tag stand. The file's first line settles what the options leave open."""

    token: int | str
    tag: int | str
    has_header: bool
    separator: str | None
    header: list[str] | None = None
    width: int = 0

    def settle(self, line: str, path: Path, number: int) -> bool:
        """Read the first line; return whether it was a header."""
        self.separator = self.separator or ("\t" if "\t" in line else " ")
        cells = split_row(line, self.separator)
        self.width = len(cells)
        if self.has_header:
            self.header = cells
        self.token = self._position(self.token, path, number)
        self.tag = self._position(self.tag, path, number)
        return self.has_header

    def _position(self, column: int | str, path: Path, number: int) -> int:
        if isinstance(column, str):
            if self.header is None or column not in self.header:
                known = ", ".join(self.header or ())
                raise BionerError("B147", where=f"{path}:{number}", column=repr(column), known=known)
            return self.header.index(column)
        if not -self.width <= column < self.width:
            known = f"0 to {self.width - 1}"
            raise BionerError("B147", where=f"{path}:{number}", column=column, known=known)
        return column % self.width


def split_row(line: str, separator: str) -> list[str]:
    """Return the columns of a row; a blank as separator stands for any number of blanks and tabs."""
    if separator == "\t":
        return line.split("\t")
    return line.split() if line.isascii() else _BLANKS.split(line.strip(" \t"))


def read_sentences(path: Path, report: ProblemLog, columns: Columns, encoding: str) -> Iterator[Sentence]:
    """Yield the sentences that are whole, and the lines that start documents."""
    sentence = Sentence(0)
    whole = True
    width = token = tag = -1
    separator = "\t"
    keep_rows = False
    for number, line in read_lines(path, report, encoding):
        if line is None:
            whole = False
            continue
        if not line or line.isspace():
            if sentence.tokens and whole:
                yield sentence
            sentence, whole = Sentence(0), True
            continue
        if line.startswith(DOCSTART):
            if sentence.tokens and whole:
                yield sentence
            yield Sentence(number, docstart=line)
            sentence, whole = Sentence(0), True
            continue
        if width < 0:
            is_header = columns.settle(line, path, number)
            width, token, tag = columns.width, int(columns.token), int(columns.tag)
            separator = columns.separator or "\t"
            keep_rows = (width, token, tag) != (2, 0, 1)
            if is_header:
                continue
        cells = line.split("\t") if separator == "\t" else split_row(line, separator)
        if len(cells) != width or width < 2:
            report.add("B142", path, number, found=len(cells), width=max(width, 2))
            whole = False
            continue
        if not sentence.tokens:
            sentence.line = number
        sentence.tokens.append(cells[token])
        sentence.tags.append(cells[tag])
        if keep_rows:
            sentence.rows.append(cells)
    if sentence.tokens and whole:
        yield sentence
