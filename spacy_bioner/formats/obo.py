"""Ontologies in the OBO Flat File Format (1.2 and 1.4) as term lists.

Only the value of a line is read, without trailing qualifiers and without the comment, which starts at a ``!`` after
white space: ``name: fever {source="x"} ! a comment``. Braces without ``name=value`` belong to the value, as in chemical
names. Escapes are resolved, and a line that ends in a backslash continues in the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from ..errors import BionerError
from .lexicon import Entry, Lexicon, make_entry
from .problems import Policy, ProblemLog
from .text_io import read_lines

SCOPES = ("EXACT", "BROAD", "NARROW", "RELATED")

_Line = tuple[int, str, str]
"""Line number, tag and value as written."""

_SYNONYM_TAGS = {"synonym": ""} | {f"{scope.lower()}_synonym": scope for scope in SCOPES}
"""Tags of synonyms, and their scope if it is part of the name (format 1.0)."""

_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s+(EXACT|BROAD|NARROW|RELATED)\b)?')
_COMMENT = re.compile(r"(?:^|(?<!\\)\s)!.*$")
_QUALIFIER = r'[^\s="{},]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",{}]+)'
_TRAILER = re.compile(rf"\s\{{\s*(?:{_QUALIFIER}(?:\s*,\s*{_QUALIFIER})*\s*)?\}}\s*(?:!.*)?$")
_ESCAPE = re.compile(r"\\(.)")


def _value(text: str) -> str:
    """Return an unquoted value without its qualifiers, comment and escapes."""
    # "fever {source="x"} ! a comment" -> "fever"; "poly{ethylene} oxide" keeps its braces (no name=value inside). The
    # space before the text lets the patterns require white space before a brace or "!".
    text = f" {text}"
    trailer = _TRAILER.search(text)
    return _unescape(_COMMENT.sub("", text[: trailer.start()] if trailer else text))


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: {"n": "\n", "t": "\t", "W": " "}.get(match[1], match[1]), text).strip()


def _whole_lines(path: Path, report: ProblemLog, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield (number of its first line, line); a line that ends in a backslash is joined with the next."""
    first, before = 0, ""
    for number, line in read_lines(path, report, encoding):
        line = line or ""
        if (len(line) - len(line.rstrip("\\"))) % 2:  # an even number of backslashes are escaped backslashes
            first, before = first or number, before + line[:-1]
        else:
            yield first or number, before + line
            first, before = 0, ""
    if first:
        yield first, before


def _stanzas(path: Path, report: ProblemLog, encoding: str) -> Iterator[tuple[int, str, list[_Line]]]:
    """Yield (line number, kind, lines) for the header, whose kind is "", and for each stanza."""
    first, kind = 1, ""
    lines: list[_Line] = []
    for number, line in _whole_lines(path, report, encoding):
        line = line.strip()
        if line.startswith("["):
            yield first, kind, lines
            first, kind, lines = number, line[1:].partition("]")[0], []
        elif line and not line.startswith("!"):
            tag, _, value = line.partition(":")
            lines.append((number, tag.strip(), value.strip()))
    yield first, kind, lines


def read_obo(
    path: Path,
    report: ProblemLog,
    *,
    label: str = "",
    scopes: Sequence[str] = ("EXACT",),
    obsolete: bool = False,
    xref: str = "",
    encoding: str = "utf-8",
) -> Iterator[Entry]:
    """Yield the names and synonyms of an ontology's terms.

    label: the label of all terms; without it, the term's namespace. obsolete: read obsolete terms too.
    scopes: of the synonyms to read (EXACT, BROAD, NARROW, RELATED; a synonym without a scope is RELATED).
    xref: a terminology, such as "MESH": the concept is the term's reference to it, without that prefix; with several
        references each name is given once for each. By default the concept is the term's id.
    Repeated names of a term count once.
    Problems: B309 (a synonym), B318 (no id), and those of ``make_entry``. Notes obsolete terms (B319), terms without
    the reference (B253) and synonyms of other scopes (B326), which are skipped. Raises B310 (scope).
    """
    scopes = [scopes] if isinstance(scopes, str) else scopes
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise BionerError("B310", scope=unknown[0], known=", ".join(SCOPES))
    namespace = ""
    for first, kind, lines in _stanzas(path, report, encoding):
        values = {tag: _value(value) for _, tag, value in lines if tag not in _SYNONYM_TAGS}
        if kind == "":
            namespace = values.get("default-namespace", "")
        if kind != "Term":
            continue
        if values.get("is_obsolete") == "true" and not obsolete:
            report.note("B319", path, first, id=values.get("id", ""))
            continue
        names = dict.fromkeys([values.get("name", ""), *_synonyms(path, report, lines, scopes)])
        names.pop("", None)
        term_label = label or values.get("namespace", "") or namespace
        if not values.get("id"):
            report.add("B318", path, first)
            continue
        concepts = [values["id"]] if not xref else list(_references(lines, xref))
        if not concepts:
            report.note("B253", path, first, id=values["id"], xref=xref)
        for concept in concepts:
            for name in names or [""]:
                yield from make_entry(path, first, report, name, term_label, (concept,))


def _references(lines: Sequence[_Line], xref: str) -> Iterator[str]:
    """Yield the ids of a term in another terminology, as in ``xref: MESH:D006394``."""
    for _, tag, value in lines:
        prefix, _, name = _value(value).partition(":") if tag == "xref" else ("", "", "")
        if prefix == xref and name:
            yield name.split()[0]


def _synonyms(path: Path, report: ProblemLog, lines: Sequence[_Line], scopes: Sequence[str]) -> Iterator[str]:
    """Yield the synonyms of a term that have one of the scopes."""
    for number, tag, value in lines:
        if tag in _SYNONYM_TAGS:
            match = _SYNONYM.match(value)
            if match is None:
                report.add("B309", path, number, shown=repr(value[:60]))
                continue
            scope = _SYNONYM_TAGS[tag] or match[2] or "RELATED"
            if scope in scopes:
                yield _unescape(match[1])
            else:
                report.note("B326", path, number, scope=scope, scopes=", ".join(scopes))


def make_obo_lexicon(
    path: str | Path | None,
    label: str = "",
    scopes: Sequence[str] = ("EXACT",),
    obsolete: bool = False,
    xref: str = "",
    encoding: str = "utf-8",
    policy: Policy = "error",
) -> Lexicon:
    """Return a lexicon of an OBO file; registered as ``spacy-bioner.OboLexicon.v1``. See ``read_obo``."""
    read = partial(read_obo, label=label, scopes=scopes, obsolete=obsolete, xref=xref, encoding=encoding)
    return Lexicon(path, read, policy)
