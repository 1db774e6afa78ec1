"""Term lists: TSV (term, label, concept ids), OBO ontologies, and CSV tables with named columns.

A lexicon is named in a config, so that a component can learn from several::

    [initialize.components.dictionary.lexicons.diseases]
    @misc = "spacy-bioner.OboLexicon.v1"
    path = "disease-ontology.obo"
    label = "Disease"

Files are UTF-8, with or without a byte order mark, plain or gzipped (``.gz``). A row that cannot be read is a problem
(B300 to B309, with file and line), raised or skipped and counted by the policy of the report.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import BionerError
from .problems import Policy, ProblemLog
from .text_io import DAMAGED

CONCEPT_SEPARATOR = "|"
"""Stands between several concept ids in a TSV cell."""


class Entry(NamedTuple):
    """A term as written, the entity label it gets, and its ids in a terminology, best first."""

    term: str
    label: str
    concepts: tuple[str, ...] = ()


class Lexicon:
    """A term list that is read when it is needed; without a path it is empty.

    read: yields the entries of a file and tells the report what it could not read.
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


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    if not path.is_file():
        raise BionerError("B300", path=path)
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _lines(path: Path, report: ProblemLog) -> Iterator[tuple[int, str]]:
    """Yield (line number, line with its end); a line that is not UTF-8 is a problem and is yielded empty."""
    with _open(path) as file:
        try:
            for number, raw in enumerate(file, 1):
                try:
                    yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as err:
                    report.add("B301", path, number, reason=err.reason)
                    yield number, "\n"
        except DAMAGED as err:
            report.add("B302", path, reason=err)


def _split(cell: str, separator: str) -> list[str]:
    return [part for part in map(str.strip, cell.split(separator)) if part] if separator else [cell.strip()]


def read_tsv(path: Path, report: ProblemLog, *, label: str = "") -> Iterator[Entry]:
    """Yield the rows of a file without header: term, TAB, label, TAB, concept ids joined by ``|``.

    The last columns may be missing; ``label`` is for rows that have none. Blank lines are passed over.
    Problems: B303 (columns), B304 (no term), B305 (no label).
    """
    for number, line in _lines(path, report):
        cells = list(map(str.strip, line.split("\t")))
        if len(cells) > 3:
            report.add("B303", path, number, found=len(cells))
            continue
        term, row_label, concepts = (*cells, "", "")[:3]
        row_label = row_label or label
        if term and row_label:
            yield Entry(term, row_label, tuple(_split(concepts, CONCEPT_SEPARATOR)) if concepts else ())
        elif term:
            report.add("B305", path, number, term=term)
        elif any(cells):
            report.add("B304", path, number)


def _rows(path: Path, report: ProblemLog, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its last line, cells) of each row of a CSV file; badly quoted rows are problems."""
    number = 0

    def text() -> Iterator[str]:
        nonlocal number
        for at, line in _lines(path, report):
            number = at
            yield line

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
) -> Iterator[Entry]:
    """Yield the terms in the named columns of a table with a header; quotes as in RFC 4180.

    terms: columns that hold terms, ``separator`` between several in a cell (" | "); a row's repeats count once.
    label, label_column: one label for all, or the column that has it. concept: the column of concept ids.
    Problems: B304 (no term), B305 (no label), B306 (header), B307 (cells), B308 (quoting).
    """
    rows = _rows(path, report, delimiter)
    number, names = next(rows, (1, []))
    column = {name.strip(): i for i, name in enumerate(names)}
    for name in (*terms, label_column, concept):
        if name and name not in column:
            report.add("B306", path, number, column=name, known=", ".join(column) or "none")
            return
    for number, row in rows:
        if len(row) != len(names):
            report.add("B307", path, number, found=len(row), expected=len(names))
            continue
        found = dict.fromkeys(term for name in terms for term in _split(row[column[name]], separator) if term)
        row_label = (row[column[label_column]].strip() if label_column else "") or label
        if not found:
            report.add("B304", path, number)
        elif not row_label:
            report.add("B305", path, number, term=next(iter(found)))
        else:
            concepts = tuple(_split(row[column[concept]], CONCEPT_SEPARATOR)) if concept else ()
            yield from (Entry(term, row_label, concepts) for term in found)


SCOPES = ("EXACT", "BROAD", "NARROW", "RELATED")

_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s+(EXACT|BROAD|NARROW|RELATED)\b)?')
_COMMENT = re.compile(r"(?:^|(?<!\\)\s)!.*$")
_ESCAPE = re.compile(r"\\(.)")


def _value(text: str) -> str:
    """Return an unquoted OBO value without its comment and escapes."""
    return _unescape(_COMMENT.sub("", text))


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: {"n": "\n", "t": "\t", "W": " "}.get(match[1], match[1]), text).strip()


def _stanzas(path: Path, report: ProblemLog) -> Iterator[tuple[int, str, list[tuple[int, str, str]]]]:
    """Yield (line number, kind, [(line number, tag, value), ...]) for the header, whose kind is "", and each stanza."""
    first, kind = 1, ""
    lines: list[tuple[int, str, str]] = []
    for number, line in _lines(path, report):
        line = line.strip()
        if line.startswith("["):
            yield first, kind, lines
            first, kind, lines = number, line[1:].partition("]")[0], []
        elif line and not line.startswith("!"):
            tag, _, value = line.partition(":")
            lines.append((number, tag.strip(), value.strip()))
    yield first, kind, lines


def read_obo(
    path: Path, report: ProblemLog, *, label: str = "", scopes: Sequence[str] = ("EXACT",), obsolete: bool = False
) -> Iterator[Entry]:
    """Yield the names and synonyms of an ontology's terms (OBO Flat File Format 1.2 and 1.4).

    label: the label of all terms; without it the term's namespace. obsolete: read obsolete terms too.
    scopes: the synonyms to take (of EXACT, BROAD, NARROW, RELATED; one without a scope is RELATED).
    A term's repeated names count once; its id is the concept.
    Problems: B304 (no name), B305 (neither label nor namespace), B309 (a synonym, or no id). Raises B310 (scope).
    """
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise BionerError("B310", scope=unknown[0], known=", ".join(SCOPES))
    namespace = ""
    for first, kind, lines in _stanzas(path, report):
        values = {tag: _value(value) for _, tag, value in lines if tag != "synonym"}
        if kind == "":
            namespace = values.get("default-namespace", "")
        if kind != "Term" or (values.get("is_obsolete") == "true" and not obsolete):
            continue
        names = {values.get("name", ""): None}
        for number, tag, value in lines:
            if tag == "synonym":
                match = _SYNONYM.match(value)
                if match is None:
                    report.add("B309", path, number, shown=repr(value[:60]))
                elif (match[2] or "RELATED") in scopes:
                    names[_unescape(match[1])] = None
        names.pop("", None)
        term_label = label or values.get("namespace", "") or namespace
        if not names or not values.get("id"):
            report.add("B304", path, first)
        elif not term_label:
            report.add("B305", path, first, term=next(iter(names)))
        else:
            yield from (Entry(name, term_label, (values["id"],)) for name in names)


def make_tsv_lexicon(path: str | Path | None, label: str = "", policy: Policy = "error") -> Lexicon:
    """Return a TSV lexicon; registered as ``spacy-bioner.TsvLexicon.v1``. See ``read_tsv``."""
    return Lexicon(path, partial(read_tsv, label=label), policy)


def make_csv_lexicon(
    path: str | Path | None,
    terms: list[str],
    label: str = "",
    label_column: str = "",
    concept: str = "",
    separator: str = "",
    delimiter: str = ",",
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
    )
    return Lexicon(path, read, policy)


def make_obo_lexicon(
    path: str | Path | None,
    label: str = "",
    scopes: Sequence[str] = ("EXACT",),
    obsolete: bool = False,
    policy: Policy = "error",
) -> Lexicon:
    """Return a lexicon of an OBO file; registered as ``spacy-bioner.OboLexicon.v1``. See ``read_obo``."""
    return Lexicon(path, partial(read_obo, label=label, scopes=scopes, obsolete=obsolete), policy)
