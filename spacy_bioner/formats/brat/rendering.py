"""Annotation files brought up to date: lines that still hold are kept as they are, the others are replaced.

lines that were read            document               lines that are written
T1 Drug 0 7    digoxin          T1 Drug 0 7            T1 Drug 0 7    digoxin       kept, byte for byte
T2 ADR 12 16   rash             T2 ADR 8 16            T2 ADR 8 16    bad rash      replaced in its place
T3 ADR 20 24   pain             (deleted)                                           dropped
R1 causes Arg1:T1 Arg2:T3                                                           dropped: T3 is gone (B122)
#1 AnnotatorNotes T2 unsure                            #1 AnnotatorNotes T2 unsure  kept: T2 exists
                                (new) ADR 30 37        T4 ADR 30 37   fatigue       after the last T line
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from ...documents.document import Document, Mention, Relation, fault_of
from ...errors import BionerError
from ..problems import ProblemLog
from .lines import (
    NEW_ID,
    TRIGGER,
    Line,
    Row,
    parse_line,
    parse_mention,
    split_lines,
    split_lines_of,
    without_dangling,
    written_concept,
    written_text,
)

STORE = "brat"
"""The key of ``Document.extra`` under which the lines that were read are kept."""

_NUMBER = re.compile(r"[TNARE#]([0-9]{1,9})")
_WORD = re.compile(r"\S+")


def check_labels(labels: Iterable[str]) -> None:
    """Check, before the work whose result they will label, that brat can hold these labels and relation types.

    Raises B781 for those that are not one word.
    """
    if wrong := sorted({label for label in labels if not _WORD.fullmatch(label)}):
        raise BionerError(
            "B781", labels=", ".join(map(repr, wrong)), old=wrong[0], new="_".join(wrong[0].split()) or "NEW"
        )


class _Sheet:
    """The rows of a document while they are brought up to date; new rows belong to the first file."""

    def __init__(self, document: Document, stored: dict[str, str], place: str, report: ProblemLog) -> None:
        self.document = document
        self.place = place
        self.report = report
        self.rows = [
            Row(suffix, number, raw, parse_line(raw) or Line())
            for suffix, content in stored.items()
            for number, raw in enumerate(split_lines(content), 1)
        ]
        self.first = next(iter(stored))
        self.ending = "\r\n" if self.rows and self.rows[0].raw.endswith("\r\n") else "\n"
        self.taken = {row.line.id for row in self.rows}

    def row(self, text: str) -> Row:
        """Return a new row of the first file."""
        return Row(self.first, 0, text + self.ending, parse_line(text) or Line())

    def fresh(self, kind: str, own: set[str]) -> Iterator[str]:
        """Yield ids of a kind of line that are not in use."""
        taken = self.taken | own
        numbers = [int(match[1]) for name in taken if name[:1] == kind and (match := _NUMBER.fullmatch(name))]
        return (f"{kind}{number}" for number in count(max(numbers, default=0) + 1))

    def refused(self, name: str, fault: str) -> None:
        """Note a new line that brat itself refuses (B181)."""
        self.report.note("B181", self.place + self.first, id=name, fault=fault)

    def fault(self, value: Mention | Relation, reason: str) -> BionerError:
        """Return the error B123."""
        if isinstance(value, Mention):
            what = f"the mention {value.id} of characters {value.start} to {value.end}".replace("  ", " ")
        else:
            what = f"the relation of {', '.join(target for _, target in value.arguments) or 'nothing'}"
        return BionerError("B123", where=self.place, what=what, label=value.label, reason=reason)


def render(document: Document, stored: dict[str, str], place: str, report: ProblemLog) -> dict[str, str]:
    """Return the contents of a document's annotation files by suffix.

    stored: their contents as they were read. Lines that still hold are kept, byte for byte. A mention is matched to the
    T line with its id, whatever its label and offsets are now; other mentions get new lines, and new ids if theirs is
    taken or not a T id. Relations likewise: R lines, or E lines if the first role is TRIGGER. A score is written as a
    note "score=0.93". Lines and relations that refer to something deleted are dropped, each noted as B122; new lines
    that brat itself refuses are written and noted (B181), so that they can be read here.
    Raises B123 for a mention, concept or relation that cannot be written, and B781 for the label of a mention.
    """
    stored = stored or {".ann": ""}
    sheet = _Sheet(document, stored, place, report)
    mentions, names = _named(sheet)
    _write_mentions(sheet, mentions)
    _write_concepts(sheet, mentions)
    _write_attributes(sheet, mentions)
    relations = _write_relations(sheet, mentions, names)
    _write_attributes(sheet, relations)
    scored: dict[str, Mention | Relation] = {**mentions, **relations}
    _write_scores(sheet, scored)
    kept, dropped = without_dangling(sheet.rows)
    for row, missing in dropped:
        report.note("B122", place + row.suffix, row.number, id=row.line.id or row.line.kind, missing=missing)
    return {suffix: _joined([row.raw for row in kept if row.suffix == suffix], sheet.ending) for suffix in stored}


def _named(sheet: _Sheet) -> tuple[dict[str, Mention], dict[str, str]]:
    """Return the mentions by the ids they are written under, and a map from the document's ids to these.

    Raises B123 for a mention that a T line cannot hold, and B781 for its label.
    """
    document = sheet.document
    fresh = sheet.fresh("T", {mention.id for mention in document.mentions})
    named: dict[str, Mention] = {}
    names: dict[str, str] = {}
    for mention in document.mentions:
        fault = fault_of(mention, len(document.text))
        if not fault:
            check_labels([mention.label])
        if not fault and any(not concept or re.search("[\t\r\n]", concept) for concept in mention.concepts):
            fault = "a concept is empty or holds a line break"
        if fault:
            raise sheet.fault(mention, fault)
        # An id of another format ("M1") or one used twice gets a new T id; `names` then leads relations to it. Ids of
        # lines that were read are kept, whatever they are.
        usable = mention.id in sheet.taken or NEW_ID.fullmatch(mention.id) is not None
        usable = usable and mention.id[:1] == "T" and mention.id not in named
        name = mention.id if usable else next(fresh)
        names.setdefault(mention.id, name)
        spans = mention.parts
        named[name] = replace(mention, id=name, fragments=spans if len(spans) > 1 else ())
    names.pop("", None)
    return named, names


def _write_mentions(sheet: _Sheet, mentions: dict[str, Mention]) -> None:
    """Keep the T lines of mentions that still exist, drop the others, and insert new ones after the last."""
    text = sheet.document.text
    kept: list[Row] = []
    new_at = 0
    unwritten = dict(mentions)
    for row in sheet.rows:
        if row.line.kind == "T":
            mention = unwritten.pop(row.line.id, None)
            if mention is None:
                continue
            # Concepts, scores and attributes are in lines of their own, so the T line holds if all else is equal.
            if parse_mention(row.raw, text)[0] != replace(mention, concepts=(), score=None, attributes=()):
                row = row._replace(raw=_mention_line(sheet, mention) + sheet.ending)
            if row.suffix == sheet.first:
                new_at = len(kept) + 1
        kept.append(row)
    kept[new_at:new_at] = [sheet.row(_mention_line(sheet, mention)) for mention in unwritten.values()]
    sheet.rows = kept


def _mention_line(sheet: _Sheet, mention: Mention) -> str:
    parts = split_lines_of(sheet.document.text, mention.parts)
    if parts is None:
        sheet.refused(mention.id, "it starts or ends with a line end")
        parts = mention.parts
    offsets = ";".join(f"{start} {end}" for start, end in parts)
    return f"{mention.id}\t{mention.label} {offsets}\t{written_text(sheet.document.text, parts)}"


def _write_concepts(sheet: _Sheet, mentions: dict[str, Mention]) -> None:
    """Replace the N rows of each mention whose concepts have changed; the row of a concept that stays is reused."""
    written = _by_target(sheet.rows, "N")
    fresh = sheet.fresh("N", set())
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
            words = written_text(sheet.document.text, mention.parts)
            new.append(sheet.row(f"{next(fresh)}\tReference {name} {written_concept(concept)}\t{words}"))
            if re.search(r"\s", concept):
                sheet.refused(new[-1].line.id, f"the concept {concept!a} holds white space")
    sheet.rows = [row for row in sheet.rows if row.line.kind != "N" or row.line.id not in stale] + new


def _write_attributes(sheet: _Sheet, owners: Mapping[str, Mention | Relation]) -> None:
    """Replace the A rows of each owner whose attributes have changed; the row of one that stays is reused.

    Attributes that no A line can hold are left out, each noted as B760.
    """
    written: dict[str, list[Row]] = {}
    for row in sheet.rows:
        if row.line.attribute and row.line.targets[0] in owners:
            written.setdefault(row.line.targets[0], []).append(row)
    fresh = sheet.fresh("A", {row.line.id for row in sheet.rows})
    stale: set[int] = set()
    new: list[Row] = []
    for name, owner in owners.items():
        old = written.get(name, [])
        if owner.attributes == tuple(row.line.attribute for row in old):
            continue
        stale.update(map(id, old))
        for key, value in owner.attributes:
            same = next((row for row in old if row.line.attribute == (key, value)), None)
            if same is not None:
                old.remove(same)
                new.append(same)
            elif not _WORD.fullmatch(key) or value != " ".join(value.split()):
                sheet.report.note("B760", sheet.place + sheet.first, id=name, name=ascii(key), value=ascii(value))
            else:
                new.append(sheet.row(f"{next(fresh)}\t{key} {name} {value}".rstrip(" ")))
    sheet.rows = [row for row in sheet.rows if id(row) not in stale] + new


def _write_relations(sheet: _Sheet, mentions: dict[str, Mention], names: dict[str, str]) -> dict[str, Relation]:
    """Bring the R and E lines between mentions up to date; return the relations by the ids they are written under."""
    # `before` holds the lines between mentions that all exist. Of these, a line whose relation was deleted is dropped.
    # Lines with other arguments, such as events of events, are left to `without_dangling`.
    before = {row.line.id: row for row in sheet.rows if is_relation(row.line, mentions)}
    fresh = {kind: sheet.fresh(kind, {relation.id for relation in sheet.document.relations}) for kind in "RE"}
    written: dict[str, Relation] = {}
    new: dict[str, Row] = {}
    for relation in sheet.document.relations:
        if relation.of_concepts:  # R lines have mentions only; the writer counts it
            continue
        missing = next((target for _, target in relation.arguments if target not in names), None)
        if missing is not None:
            if relation.id not in sheet.taken:  # otherwise `without_dangling` drops its line, and that is noted
                shown = relation.id or relation.label
                sheet.report.note("B122", sheet.place + sheet.first, id=shown, missing=repr(missing))
            continue
        kind = "E" if relation.arguments and relation.arguments[0][0] == TRIGGER else "R"
        free = NEW_ID.fullmatch(relation.id) and relation.id[0] == kind and relation.id not in sheet.taken
        usable = relation.id not in written and (relation.id in before or free)
        name = relation.id if usable else next(fresh[kind])
        arguments = tuple((role, names[target]) for role, target in relation.arguments)
        written[name] = replace(relation, id=name, arguments=arguments)
        if name in before and before[name].line.relation() == replace(written[name], score=None, attributes=()):
            new[name] = before[name]
        else:
            new[name] = sheet.row(_relation_line(sheet, written[name]))
    sheet.rows = [
        new.pop(row.line.id) if row.line.id in before else row
        for row in sheet.rows
        if row.line.id not in before or row.line.id in new
    ] + list(new.values())
    return written


def is_relation(line: Line, mentions: Container[str]) -> bool:
    """Return whether a line is an R or E line with two or more arguments, all of them mentions."""
    return line.kind in ("R", "E") and len(line.targets) > 1 and all(target in mentions for target in line.targets)


def _relation_line(sheet: _Sheet, relation: Relation) -> str:
    """Return an R or E line; missing roles become Arg1, Arg2, ... Raises B123 for what no line can hold.

    Repeated roles are not numbered: nothing would tell a reader that ``P2`` was a second ``P``.
    """
    roles = [role or f"Arg{number}" for number, (role, _) in enumerate(relation.arguments, 1)]
    colon = any(":" in target for _, target in relation.arguments)
    if colon or len(roles) < 2 or not all(_WORD.fullmatch(word) for word in (relation.label, *roles)):
        raise sheet.fault(
            relation,
            "a relation must have two or more arguments, one word as its label and as each role, and no colon in ids",
        )
    if fault := _fault_in_brat(relation, roles):
        sheet.refused(relation.id, fault)
    pairs = [f"{role}:{target}" for role, (_, target) in zip(roles, relation.arguments, strict=True)]
    if relation.id[0] == "E":
        return f"{relation.id}\t{relation.label}:{relation.arguments[0][1]} {' '.join(pairs[1:])}"
    return f"{relation.id}\t{relation.label} {' '.join(pairs)}"


def _fault_in_brat(relation: Relation, roles: Sequence[str]) -> str:
    """Return why brat itself refuses the line of a relation with these roles, or ""."""
    event = relation.id[0] == "E"
    if not event and len(roles) != 2:
        return f"it has {len(roles)} arguments, not two"
    if not event and roles[0] == roles[1]:
        return "its two arguments have the same role"
    words = (relation.label, *roles[1:]) if event else roles
    return "its label or a role holds a colon" if any(":" in word for word in words) else ""


def _write_scores(sheet: _Sheet, scored: Mapping[str, Mention | Relation]) -> None:
    """Bring the notes that give scores up to date."""
    fresh = sheet.fresh("#", set())
    before = {target: rows for target, rows in _by_target(sheet.rows, "#").items() if target in scored}
    stale: set[int] = set()
    new: list[Row] = []
    for name, value in scored.items():
        old = [row for row in before.get(name, []) if row.line.score is not None]
        if (old[0].line.score if old else None) == value.score:
            continue
        stale.update(map(id, old))
        if value.score is not None:
            if not 0 <= value.score <= 1:
                raise sheet.fault(value, "a score is a probability")
            new.append(sheet.row(f"{next(fresh)}\tAnnotatorNotes {name}\tscore={float(value.score)!r}"))
    sheet.rows = [row for row in sheet.rows if id(row) not in stale] + new


def _by_target(rows: Sequence[Row], kind: str) -> dict[str, list[Row]]:
    result: dict[str, list[Row]] = {}
    for row in rows:
        if row.line.kind == kind and row.line.targets:
            result.setdefault(row.line.targets[0], []).append(row)
    return result


def _joined(raws: Sequence[str], ending: str) -> str:
    """Join lines. The last may lack its line end, as it did in the file; lines that are no longer the last get one."""
    *before, last = raws or [""]
    return "".join(raw if raw.endswith("\n") or not raw else raw + ending for raw in before) + last
