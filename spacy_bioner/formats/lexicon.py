"""Term lists: TSV (term, label, concept ids) and CSV tables with named columns; OBO ontologies are in ``obo``.

A config names the lexicons that a component learns from::

    [initialize.components.dictionary.lexicons.diseases]
    @misc = "spacy-bioner.OboLexicon.v1"
    path = "disease-ontology.obo"
    label = "Disease"

Files are read by ``text_io``: UTF-8 or the named encoding, with or without a byte order mark, plain or packed
(``.gz``, ``.xz``). A row that cannot be read is a problem (B303 to B309, B315 to B317, with file and line): the policy
of the report decides whether it is raised, or skipped and counted. Entries skipped by design are notes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..documents.concept_ids import CONCEPT_SEPARATOR
from ..errors import BionerError
from .problems import Policy, ProblemLog
from .text_io import read_lines

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_QUOTED = re.compile(r'"(?:[^"]|"")+"')
"""A cell in double quotes, those inside doubled."""


class Entry(NamedTuple):
    """A term as written, the entity label it gets, and its ids in a terminology, best first."""

    term: str
    label: str
    concepts: tuple[str, ...] = ()


class Lexicon:
    """A term list that is read when it is needed; without a path it is empty.

    read: yields the entries of a file and reports the rows that it could not read.
    """

    def __init__(
        self, path: str | Path | None, read: Callable[[Path, ProblemLog], Iterator[Entry]], policy: Policy = "error"
    ) -> None:
        self.path = None if path is None else Path(path)
        self.read = read
        self.policy = policy

    def entries(self, report: ProblemLog | None = None) -> Iterator[Entry]:
        """Yield the entries; problems go to the report, by default one with the lexicon's policy."""
        if self.path is not None:
            yield from self.read(self.path, report or ProblemLog(self.policy))


def make_entry(
    path: Path, number: int, report: ProblemLog, term: str, label: str, concepts: tuple[str, ...]
) -> Iterator[Entry]:
    """Yield one entry, or report why it is invalid: B304 (no term), B305 (no label), B315 (control characters)."""
    if not term:
        report.add("B304", path, number)
    elif not label.strip():
        report.add("B305", path, number, term=term)
    elif any(map(_CONTROL.search, (label, *concepts))):
        report.add("B315", path, number, values=ascii((label, *concepts)))
    else:
        yield Entry(term, label.strip(), concepts)


def _split(cell: str, separator: str) -> list[str]:
    return [part for part in map(str.strip, cell.split(separator)) if part] if separator else [cell.strip()]


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"').strip() if _QUOTED.fullmatch(cell) else cell


def read_tsv(path: Path, report: ProblemLog, *, label: str = "", encoding: str = "utf-8") -> Iterator[Entry]:
    """Yield the rows of a file without header: term, TAB, label, TAB, concept ids joined by ``|``.

    label: of rows without one. The last columns may be missing. Blank lines are skipped. Quotes around a cell, which
    spreadsheets put there if it has a comma ("cancer, breast"), are left out, with a note (B302).
    Problems: B303 (columns), and those of ``make_entry``.
    """
    for number, line in read_lines(path, report, encoding):
        cells = list(map(str.strip, (line or "").split("\t")))
        bare = list(map(_unquoted, cells))
        if shown := [cell for cell, other in zip(cells, bare, strict=True) if cell != other]:
            report.note("B302", path, number, shown=ascii(shown[0]))
            cells = bare
        if len(cells) > 3:
            report.add("B303", path, number, found=len(cells))
        elif any(cells):
            term, row_label, concepts = (*cells, "", "")[:3]
            ids = tuple(_split(concepts, CONCEPT_SEPARATOR)) if concepts else ()
            yield from make_entry(path, number, report, term, row_label or label, ids)


def _rows(path: Path, report: ProblemLog, delimiter: str, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its last line, cells) of each row of a CSV file; badly quoted rows are problems."""
    # A quoted cell may hold line breaks, so a row may be several lines. `text` feeds the lines to the parser and keeps
    # the number of the last one, which is where the row that the parser returns ends.
    number = 0

    def text() -> Iterator[str]:
        nonlocal number
        for at, line in read_lines(path, report, encoding):
            number = at
            yield f"{line or ''}\n"

    reader = csv.reader(text(), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            report.add("B308", path, number, reason=err)
            continue
        if any(row):
            yield number, row


def read_csv(
    path: Path,
    report: ProblemLog,
    *,
    terms: Sequence[str],
    label: str = "",
    label_column: str = "",
    concept: str = "",
    separator: str = "",
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Iterator[Entry]:
    """Yield the terms in the named columns of a table with a header; quotes as in RFC 4180.

    terms: columns that hold terms, ``separator`` between several in a cell (" | "); a row's repeats count once.
    label, label_column: one label for all rows, or the column of labels. concept: the column of concept ids.
    Problems: B306 (header), B307 (number of cells), B308 (quoting), B317 (two columns of one name), and those of
    ``make_entry``. Raises B316 for a delimiter that is not one character.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise BionerError("B316", delimiter=repr(delimiter))
    terms = [terms] if isinstance(terms, str) else terms
    rows = _rows(path, report, delimiter, encoding)
    number, names = next(rows, (1, []))
    column = {name.strip(): i for i, name in enumerate(names)}
    for name in (*terms, label_column, concept):
        if name and name not in column:
            report.add("B306", path, number, column=name, known=", ".join(column) or "none")
            return
        if name and list(map(str.strip, names)).count(name) > 1:
            report.add("B317", path, number, column=name)
            return
    for number, row in rows:
        if len(row) != len(names):
            report.add("B307", path, number, found=len(row), expected=len(names))
            continue
        found = dict.fromkeys(term for name in terms for term in _split(row[column[name]], separator) if term)
        row_label = (row[column[label_column]].strip() if label_column else "") or label
        concepts = tuple(_split(row[column[concept]], CONCEPT_SEPARATOR)) if concept else ()
        for term in list(found or [""])[: None if row_label else 1]:  # one problem for a row without label
            yield from make_entry(path, number, report, term, row_label, tuple(filter(None, concepts)))


def make_tsv_lexicon(
    path: str | Path | None, label: str = "", encoding: str = "utf-8", policy: Policy = "error"
) -> Lexicon:
    """Return a TSV lexicon; registered as ``spacy-bioner.TsvLexicon.v1``. See ``read_tsv``."""
    return Lexicon(path, partial(read_tsv, label=label, encoding=encoding), policy)


def make_csv_lexicon(
    path: str | Path | None,
    terms: list[str],
    label: str = "",
    label_column: str = "",
    concept: str = "",
    separator: str = "",
    delimiter: str = ",",
    encoding: str = "utf-8",
    policy: Policy = "error",
) -> Lexicon:
    """Return a lexicon of CSV columns; registered as ``spacy-bioner.CsvLexicon.v1``. See ``read_csv``."""
    read = partial(
        read_csv,
        terms=terms,
        label=label,
        label_column=label_column,
        concept=concept,
        separator=separator,
        delimiter=delimiter,
        encoding=encoding,
    )
    return Lexicon(path, read, policy)
