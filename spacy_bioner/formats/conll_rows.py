"""The rows of column files: the columns of token and tag, and the sentences that rows form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BionerError
from ..tags import MISSING, OUTSIDE, TokenSpan
from .problems import ProblemLog
from .text_io import read_lines

STORE = "conll"
"""The key of ``Document.extra`` under which the rest of a file is kept: see ``conll``."""

DOCSTART = "-DOCSTART-"
COMMENT = "#"
SEPARATORS = {"tab": "\t", "blank": " ", "\t": "\t", " ": " "}

# A label may hold single blanks. Other white space could not be written back.
TAG = re.compile(rf"[{OUTSIDE}{MISSING}]|[BIESLU](-\S+( \S+)*)?")

Line = tuple[int, str | None]


@dataclass(slots=True)
class Sentence:
    """A sentence of the file and the ``spans`` that its tags encode; or the line that starts a document.

    comments: before it, with an empty line after those that stand apart. The last sentence of a file may have nothing
        else: the comments after all others.
    illegal: whether some of its tags are an illegal sequence.
    """

    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    spans: list[TokenSpan] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    docstart: str = ""
    illegal: bool = False


@dataclass(slots=True)
class Columns:
    """The columns of the token and the tag. The first row of the file decides what the options leave open."""

    token: int | str
    tag: int | str
    has_header: bool
    separator: str | None
    header: list[str] | None = None
    width: int = 0

    def settle(self, line: str, path: Path, number: int) -> bool:
        """Read the first row; return whether it was a header."""
        self.separator = self.separator or ("\t" if "\t" in line else " ")
        cells = split_row(line, self.separator)
        self.width = len(cells)
        if self.has_header:
            self.header = cells
        self.token = self._position(self.token, path, number)
        self.tag = self._position(self.tag, path, number)
        if self.token == self.tag and self.width > 1:
            raise BionerError("B186", where=f"{path}:{number}", column=self.tag, width=self.width)
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

    def may_be_comment(self, line: str) -> bool:
        """Return whether a line before the first row may be a comment; one that names all columns is the header."""
        if not line.startswith(COMMENT):
            return False
        names = [column for column in (self.token, self.tag) if isinstance(column, str)]
        cells = split_row(line, self.separator or ("\t" if "\t" in line else " "))
        return not self.has_header or any(name not in cells for name in names)

    def may_be_row(self, line: str) -> bool:
        """Return whether a line of a file without any sure row may be one: its last column, or that given, is a tag."""
        cells = split_row(line, self.separator or ("\t" if "\t" in line else " "))
        column = self.tag if isinstance(self.tag, int) else -1
        return len(cells) > 1 and -len(cells) <= column < len(cells) and TAG.fullmatch(cells[column]) is not None

    def is_comment(self, line: str) -> bool:
        """Tell a comment before a sentence ("# sent_id = 1") from a row whose first column starts with "#".

        If tabs separate columns, a row has a tab. If blanks do, a row has as many columns as the first row, and a tag
        in its column.
        """
        if not line.startswith(COMMENT):
            return False
        if self.separator == "\t":
            return "\t" not in line
        cells = split_row(line, " ")
        return len(cells) != self.width or not TAG.fullmatch(cells[int(self.tag)])


def split_row(line: str, separator: str) -> list[str]:
    """Return the columns of a row; a blank as separator stands for any number of blanks and tabs."""
    if separator == "\t":
        return line.split("\t")
    # Not line.split(): it also splits at control characters and at no-break spaces, which belong to tokens.
    return [cell for cell in line.replace("\t", " ").split(" ") if cell]


def _with_columns_settled(lines: Iterator[Line], columns: Columns, path: Path) -> Iterator[Line]:
    """Yield the lines without the header, once the first row has decided the columns.

    Lines before it that may be comments are held back, because only the columns tell whether they are.
    """
    waiting: list[Line] = []
    for number, line in lines:
        if line and not line.isspace() and not line.startswith(DOCSTART) and not columns.may_be_comment(line):
            is_header = columns.settle(line, path, number)
            yield from waiting
            if not is_header:
                yield number, line
            yield from lines
            return
        waiting.append((number, line))
    rows = [(number, line) for number, line in waiting if line and line.startswith(COMMENT)]
    if rows:
        # Comments stand before the rows of a sentence: where all lines start with "#", the last is a row if any is.
        last = next((row for row in reversed(rows) if columns.may_be_row(row[1] or "")), rows[0])
        number, line = rows[0] if columns.has_header else last
        columns.settle(line or "", path, number)
    yield from waiting


def read_sentences(path: Path, report: ProblemLog, columns: Columns, encoding: str) -> Iterator[Sentence]:
    """Yield the sentences without faults, the lines that start documents, and the comments after all of these."""
    sentence = Sentence(0)
    whole, noted, keep_rows = True, False, False
    separator, width, token, tag = "\t", -1, -1, -1
    for number, line in _with_columns_settled(read_lines(path, report, encoding), columns, path):
        if line is None:
            whole = False
            continue
        docstart = line.startswith(DOCSTART)
        if docstart or not line or line.isspace():
            if sentence.tokens and whole:
                yield sentence
            # Comments that stand apart are those of what follows.
            comments = sentence.comments if whole and not sentence.tokens else []
            if docstart:
                yield Sentence(number, docstart=line, comments=comments)
                comments = []
            sentence, whole = Sentence(0, comments=[*comments, ""] if any(comments[-1:]) else comments), True
            continue
        if not sentence.tokens and columns.is_comment(line):
            if not noted:
                report.note("B185", path, number, shown=ascii(line[:60]))
                noted = True
            sentence.comments.append(line)
            continue
        if width < 0:  # the first row: locals spare a million rows the look-ups
            separator, width = columns.separator or "\t", columns.width
            token, tag = int(columns.token), int(columns.tag)
            keep_rows = (width, token, tag) != (2, 0, 1)
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
    if whole and (sentence.tokens or sentence.comments):
        yield sentence
