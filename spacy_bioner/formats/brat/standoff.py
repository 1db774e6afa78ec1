"""The lines of brat annotation files: read into mentions, checked, and written back after the mentions changed.

Source: https://brat.nlplab.org/standoff.html, and brat's own reader where that page is silent. A line is an id, a tab
and the rest; the first letter of the id says its kind:

    T      T1<tab>Label 0 4;10 14<tab>text    text-bound: label, offsets of its fragments, their text
    N      N1<tab>Reference T1 db:id<tab>name     normalisation: a concept of T1
    A, M   A1<tab>Name T1 value               attribute or modification
    R      R1<tab>Type Arg1:T1 Arg2:T2        relation
    E      E1<tab>Type:T1 Theme:T2            event
    *      *<tab>Equiv T1 T2                  equivalence
    #      #1<tab>AnnotatorNotes T1<tab>words   note (or any words at all)

Lines are kept word for word. They end at "\\n" only, because a mention's text may hold any other line separator.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, pairwise
from typing import Any, NamedTuple

from ...errors import BionerError
from ..document import Document, Mention
from ..problems import ProblemLog

STORE = "brat"
"""The key of ``Document.extra`` that keeps the lines as they were read."""

KINDS = "TNAMRE*#"

_TEXT_BOUND = re.compile(r"(T\S+)\t(\S+) ([0-9]{1,18} [0-9]{1,18}(?:;[0-9]{1,18} [0-9]{1,18})*)\t(.*)", re.DOTALL)
_REFERABLE = re.compile(r"[TNAMRE#][0-9]+")
_MENTION_ID = re.compile(r"T\S+")
_NUMBER = re.compile(r"[TN]([0-9]{1,9})")
_BREAK = re.compile("[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")

Fragments = tuple[tuple[int, int], ...]


class Line(NamedTuple):
    """What a line says of itself: kind ("" for a blank line), id ("" for none), ids it refers to, concept (N)."""

    kind: str = ""
    id: str = ""
    targets: tuple[str, ...] = ()
    concept: str = ""


class Row(NamedTuple):
    """A line at its place: the file's suffix, the line's number there from 1, its characters with the line end."""

    suffix: str
    number: int
    raw: str
    line: Line


class Fault(NamedTuple):
    """What is wrong or odd about a T line: the code and values of its message."""

    code: str
    values: dict[str, Any]


def split_lines(content: str) -> list[str]:
    """Split at "\\n" alone and keep it: ``"".join`` gives the content back."""
    return list(io.StringIO(content, newline="\n"))


def bare(raw: str) -> str:
    """Return a line without its end and without a byte order mark before it."""
    return raw.rstrip("\r\n").removeprefix("\ufeff")


def parse_line(raw: str) -> Line | None:
    """Read a line's id and references; None where it does not have the shape of its kind."""
    name, _, rest = bare(raw).partition("\t")
    kind = name[:1]
    if kind == "T":
        return Line(kind, name)
    head = rest.partition("\t")[0]
    fields = head.split()
    if kind == "#":
        targets = tuple(fields[1:2]) if len(fields) > 1 and _REFERABLE.fullmatch(fields[1]) else ()
        return Line(kind, name if _REFERABLE.fullmatch(name) else "", targets)
    if kind == "*":
        return Line(kind, "", tuple(fields[1:])) if len(fields) > 2 else None
    if kind == "N":
        parts = head.split(" ", 2)
        return Line(kind, name, (parts[1],), parts[2]) if len(parts) == 3 and all(parts) else None
    if kind == "A" or kind == "M":
        return Line(kind, name, (fields[1],)) if len(fields) > 1 else None
    if kind == "R" or kind == "E":
        roles = [field.rpartition(":") for field in (fields if kind == "E" else fields[1:])]
        shaped = all(target and (role or kind == "R") for role, _, target in roles)
        enough = len(roles) >= (1 if kind == "E" else 2)
        return Line(kind, name, tuple(target for _, _, target in roles)) if shaped and enough else None
    return None if name.strip() else Line()


def parse_mention(raw: str, text: str) -> tuple[Mention | None, Fault | None]:
    """Read a T line against its text; without a mention the fault says why, beside one it is only to be noted.

    B108: its shape; B109: its offsets; B110: a text that differs from them. White space may differ in kind and amount,
    and at the end: brat joins fragments by a space and writes line breaks as spaces, other tools trim. B129 notes
    blanks in place of punctuation, B121 a mention over a line end. Fragments may stand in any order.
    """
    match = _TEXT_BOUND.fullmatch(bare(raw))
    if match is None:
        return None, Fault("B108", {"shown": _quote(raw)})
    name, label, offsets, stated = match.groups()
    numbers = [int(number) for number in offsets.replace(";", " ").split(" ")]
    spans: Fragments = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    ordered = tuple(sorted(spans)) if len(spans) > 1 else spans
    reason = ""
    if any(start >= end for start, end in spans):
        reason = "an end does not lie after its start"
    elif any(end > len(text) for _, end in spans):
        reason = f"the text has {len(text)} characters"
    elif any(first[1] > second[0] for first, second in pairwise(ordered)):
        reason = "its fragments overlap"
    if reason:
        return None, Fault("B109", {"id": name, "offsets": offsets, "reason": reason})
    mention = Mention(ordered[0][0], ordered[-1][1], label, ordered if len(ordered) > 1 else (), name)
    actual = written_text(text, spans)
    if actual != stated and _SPACES.sub(" ", actual).rstrip() != _SPACES.sub(" ", stated).rstrip():
        shown = {"id": name, "offsets": offsets, "actual": _quote(actual), "stated": _quote(stated)}
        blanked = len(stated) == len(actual) and all(
            there == here or (there == " " and not here.isalnum()) for there, here in zip(stated, actual, strict=True)
        )
        return (mention, Fault("B129", shown)) if blanked else (None, Fault("B110", shown))
    across = any("\n" in text[start:end] for start, end in spans)
    return mention, Fault("B121", {"id": name}) if across else None


def parse_rows(
    text: str, files: dict[str, list[str]], place: str, report: ProblemLog
) -> tuple[list[Mention], list[Row]]:
    """Return the mentions of a document in the order of its lines, and the rows that are not at fault.

    files: lines by the suffix of their file. place: path of the document without suffix.
    Reports B108 to B114; notes B121 and B129 (see ``parse_mention``).
    """
    rows: list[Row] = []
    mentions: dict[str, Mention] = {}
    known: set[str] = set()
    for suffix, raws in files.items():
        path = place + suffix
        for number, raw in enumerate(raws, 1):
            line = parse_line(raw)
            if line is None:
                code = "B113" if bare(raw)[0] in KINDS else "B112"
                report.add(code, path, number, shown=_quote(raw))
                continue
            if line.id in known:
                report.add("B111", path, number, id=line.id)
                continue
            if line.kind == "T":
                mention, fault = parse_mention(raw, text)
                if mention is None and fault is not None:
                    report.add(fault.code, path, number, **fault.values)
                if mention is None:
                    continue
                if fault is not None:
                    report.note(fault.code, path, number, **fault.values)
                mentions[line.id] = mention
            if line.id:
                known.add(line.id)
            rows.append(Row(suffix, number, raw, line))
    rows, dangling = without_dangling(rows)
    for row, missing in dangling:
        report.add("B114", place + row.suffix, row.number, id=missing)
    for row in rows:
        if row.line.kind == "N" and row.line.targets[0] in mentions:
            mention = mentions[row.line.targets[0]]
            mentions[mention.id] = replace(mention, concepts=(*mention.concepts, row.line.concept))
    return list(mentions.values()), rows


def without_dangling(rows: Iterable[Row]) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Return the rows all of whose references, theirs included, are there, and the others with the id they miss."""
    kept = list(rows)
    dangling: list[tuple[Row, str]] = []
    while True:
        known = {row.line.id for row in kept}
        missing = {index: id_ for index, row in enumerate(kept) for id_ in row.line.targets if id_ not in known}
        if not missing:
            return kept, dangling
        dangling += [(kept[index], id_) for index, id_ in missing.items()]
        kept = [row for index, row in enumerate(kept) if index not in missing]


def render(document: Document, stored: dict[str, str], place: str, report: ProblemLog) -> dict[str, str]:
    """Return the contents of a document's annotation files by suffix.

    stored: their contents as they were read. Lines that still hold stay as they are, byte for byte. A mention whose
    id has a T line is that line's, whatever its label and offsets are now; the others get new lines and, where theirs
    is no T id or is taken, new ids. Lines that refer to what is gone are dropped, each noted as B122.
    Raises B123 for a mention or concept that cannot be written.
    """
    stored = stored or {".ann": ""}
    rows = [
        Row(suffix, number, raw, parse_line(raw) or Line())
        for suffix, content in stored.items()
        for number, raw in enumerate(split_lines(content), 1)
    ]
    mentions = _named(document, {row.line.id for row in rows}, place)
    first = next(iter(stored))
    ending = "\r\n" if rows and rows[0].raw.endswith("\r\n") else "\n"
    kept: list[Row] = []
    new_at = 0
    unwritten = dict(mentions)
    for row in rows:
        if row.line.kind == "T":
            mention = unwritten.pop(row.line.id, None)
            if mention is None:
                continue
            if parse_mention(row.raw, document.text)[0] != replace(mention, concepts=()):
                row = row._replace(raw=_mention_line(mention, document.text) + ending)
            if row.suffix == first:
                new_at = len(kept) + 1
        kept.append(row)
    kept[new_at:new_at] = [
        Row(first, 0, _mention_line(mention, document.text) + ending, Line("T", id_))
        for id_, mention in unwritten.items()
    ]
    kept, dropped = without_dangling(_with_concepts(kept, mentions, document.text, first, ending))
    for row, missing in dropped:
        report.note("B122", place + row.suffix, row.number, id=row.line.id or row.line.kind, missing=missing)
    return {suffix: _joined([row.raw for row in kept if row.suffix == suffix], ending) for suffix in stored}


def written_text(text: str, fragments: Fragments) -> str:
    """Return a mention as its T line writes it: fragments joined by a space, tabs and line breaks as spaces."""
    return _BREAK.sub(" ", " ".join(text[start:end] for start, end in fragments))


def _named(document: Document, taken: set[str], place: str) -> dict[str, Mention]:
    """Return the mentions by their ids, in the document's order; raise B123 for one that no T line can hold."""
    own = {mention.id for mention in document.mentions}
    fresh = _fresh("T", own | taken)
    named: dict[str, Mention] = {}
    for mention in document.mentions:
        spans = _fragments(mention)
        inside = mention.start == spans[0][0] and mention.end == spans[-1][1] <= len(document.text)
        ordered = all(start < end for start, end in spans) and all(a[1] <= b[0] for a, b in pairwise(spans))
        if not (mention.start >= 0 and inside and ordered):
            raise BionerError("B123", where=place, mention=mention, reason="its offsets do not fit the text")
        if not re.fullmatch(r"\S+", mention.label):
            raise BionerError("B123", where=place, mention=mention, reason="a label must be one word without spaces")
        if any(not concept or _BREAK.search(concept) for concept in mention.concepts):
            raise BionerError("B123", where=place, mention=mention, reason="a concept is empty or holds a line break")
        usable = _MENTION_ID.fullmatch(mention.id) and mention.id not in named
        name = mention.id if usable else next(fresh)
        named[name] = replace(mention, id=name, fragments=spans if len(spans) > 1 else ())
    return named


def _with_concepts(rows: list[Row], mentions: dict[str, Mention], text: str, suffix: str, ending: str) -> list[Row]:
    """Replace the N rows of each mention whose concepts are no longer those; rows of the same concept are reused."""
    written: dict[str, list[Row]] = {}
    for row in rows:
        if row.line.kind == "N":
            written.setdefault(row.line.targets[0], []).append(row)
    fresh = _fresh("N", {row.line.id for row in rows})
    stale: set[str] = set()
    new: list[Row] = []
    for name, mention in mentions.items():
        old = written.get(name, [])
        if mention.concepts == tuple(row.line.concept for row in old):
            continue
        stale.update(row.line.id for row in old)
        for concept in mention.concepts:
            same = next((row for row in old if row.line.concept == concept), None)
            if same is not None:
                old.remove(same)
                new.append(same)
                continue
            id_ = next(fresh)
            raw = f"{id_}\tReference {name} {concept}\t{written_text(text, _fragments(mention))}{ending}"
            new.append(Row(suffix, 0, raw, Line("N", id_, (name,), concept)))
    return [row for row in rows if row.line.kind != "N" or row.line.id not in stale] + new


def _fresh(kind: str, taken: set[str]) -> Iterator[str]:
    numbers = [int(match[1]) for name in taken if name[:1] == kind and (match := _NUMBER.fullmatch(name))]
    return (f"{kind}{number}" for number in count(max(numbers, default=0) + 1))


def _mention_line(mention: Mention, text: str) -> str:
    spans = _fragments(mention)
    offsets = ";".join(f"{start} {end}" for start, end in spans)
    return f"{mention.id}\t{mention.label} {offsets}\t{written_text(text, spans)}"


def _fragments(mention: Mention) -> Fragments:
    return mention.parts


def _joined(raws: Sequence[str], ending: str) -> str:
    """Join lines; the last of a file may lack its end, but only as long as it is the last."""
    *before, last = raws or [""]
    return "".join(raw if raw.endswith("\n") or not raw else raw + ending for raw in before) + last


def _quote(words: str) -> str:
    """Return words for a message: on one line, at most 60 characters of them."""
    words = words.strip("\r\n")
    return repr(words if len(words) <= 60 else words[:57] + "...")
