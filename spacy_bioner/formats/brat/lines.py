"""The lines of brat annotation files, parsed one at a time.

Source: https://brat.nlplab.org/standoff.html, and brat's own reader for what that page leaves open. A line is an id, a
tab and the rest; the first letter of the id gives the kind of line:

    T      T1<tab>Label 0 4;10 14<tab>text    text-bound: label, offsets of its fragments, their text
    N      N1<tab>Reference T1 db:id<tab>name     normalisation: a concept of T1
    A, M   A1<tab>Name T1 value               attribute or modification
    R      R1<tab>Type Arg1:T1 Arg2:T2        relation
    E      E1<tab>Type:T1 Theme:T2            event: T1 is its trigger
    *      *<tab>Equiv T1 T2                  equivalence
    #      #1<tab>AnnotatorNotes T1<tab>words   note (or any text); "score=0.93" is a score of T1

Lines are kept verbatim. They end at "\\n" only, because a mention's text may contain any other line separator.

Two rules bring to and fro what brat itself cannot hold in one line:

    a mention across a line end   "renal\\nfailure"   T1<tab>ADR 0 5;6 13<tab>renal failure   a fragment of each line
    a concept without ontology    "D009270"          N1<tab>Reference T1 ID:D009270           ``ID`` means none
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from ...documents.document import Mention, Relation, Spans
from ..counting import Counting
from ..stated_text import agrees, is_respelt

KINDS = "TNAMRE*#"
TRIGGER = "Trigger"
"""The role of an event's trigger among the arguments of a ``Relation``."""

NO_ONTOLOGY = "ID"
"""The ontology in the N line of a concept that names none, or whose own ontology is this."""

NEW_ID = re.compile(r"[TRE][A-Za-z]*[0-9][^\s:]*")
"""Ids that brat accepts: letters before digits. A colon would split the id in the arguments of a relation."""

_TEXT_BOUND = re.compile(r"(T\S+)\t(\S+) ([0-9]{1,18} [0-9]{1,18}(?:;[0-9]{1,18} [0-9]{1,18})*)\t(.*)", re.DOTALL)
_REFERABLE = re.compile(r"[TNAMRE#][0-9]+")
_SCORE = re.compile(r"score=([0-9]{1,20}(?:\.[0-9]{1,20})?(?:e-[0-9]{1,3})?)")
_NORMALISED = re.compile(r"\S+?:\S+")
_SPACE = re.compile(r"\s+")
_BREAK = re.compile("[\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
"""Where brat, which reads lines by Python's ``splitlines``, ends a line. A tab in the text of a mention stays one."""


class Line(NamedTuple):
    """A parsed line.

    kind: "" for a blank line. id: "" for none. targets: the ids it refers to. concept: of an N line. label, roles: of
    an R or E line, a role for each target. score: of a note that gives one. attribute: (name, value) of an A or M line.
    """

    kind: str = ""
    id: str = ""
    targets: tuple[str, ...] = ()
    concept: str = ""
    label: str = ""
    roles: tuple[str, ...] = ()
    score: float | None = None
    attribute: tuple[str, str] | None = None

    def relation(self) -> Relation:
        """Return an R or E line as a Relation, without score and attributes."""
        return Relation(self.label, tuple(zip(self.roles, self.targets, strict=True)), self.id)


class Row(NamedTuple):
    """A line with its position: the file's suffix, the line's number from 1, its characters with the line end."""

    suffix: str
    number: int
    raw: str
    line: Line


class Fault(NamedTuple):
    """A problem of a T line: the code of its message and the values for it."""

    code: str
    values: dict[str, Any]


def split_lines(content: str) -> list[str]:
    """Split at "\\n" alone and keep it: ``"".join`` gives the content back."""
    return list(io.StringIO(content, newline="\n"))


def bare(raw: str) -> str:
    """Return a line without its end and without a byte order mark before it."""
    return raw.rstrip("\r\n").removeprefix("\ufeff")


def parse_line(raw: str) -> Line | None:
    """Parse the id and the references of a line; None for a malformed line."""
    name, _, rest = bare(raw).partition("\t")
    kind = name[:1]
    if kind == "T":
        return Line(kind, name)
    head, _, words = rest.partition("\t")
    fields = head.split()
    if kind == "#":
        score = _SCORE.fullmatch(words) if len(fields) == 2 and fields[0] == "AnnotatorNotes" else None
        value = float(score[1]) if score and float(score[1]) <= 1 else None
        refers = len(fields) > 1 and (value is not None or _REFERABLE.fullmatch(fields[1]))
        return Line(kind, name if _REFERABLE.fullmatch(name) else "", tuple(fields[1:2]) if refers else (), score=value)
    if kind == "*":
        return Line(kind, "", tuple(fields[1:])) if len(fields) > 2 else None
    if kind == "N":
        parts = head.split(" ", 2)
        return Line(kind, name, (parts[1],), read_concept(parts[2])) if len(parts) == 3 and all(parts) else None
    if kind == "A" or kind == "M":
        if len(fields) < 2:
            return None
        return Line(kind, name, (fields[1],), attribute=(fields[0], " ".join(fields[2:])))
    if kind == "R" or kind == "E":
        return _argument_line(kind, name, fields)
    return None if name.strip() else Line()


def _argument_line(kind: str, name: str, fields: list[str]) -> Line | None:
    """Parse ``R1 Type Arg1:T1 Arg2:T2`` or ``E1 Type:T1 Theme:T2``; the trigger of an event has the role TRIGGER."""
    pairs = [field.rpartition(":") for field in (fields if kind == "E" else fields[1:])]
    if len(pairs) < (1 if kind == "E" else 2) or not all(id_ and (role or kind == "R") for role, _, id_ in pairs):
        return None
    targets = tuple(id_ for _, _, id_ in pairs)
    roles = tuple(role for role, _, _ in pairs)
    if kind == "E":
        return Line(kind, name, targets, label=roles[0], roles=(TRIGGER, *roles[1:]))
    return Line(kind, name, targets, label=fields[0], roles=roles)


def parse_mention(raw: str, text: str, counting: Counting | None = None) -> tuple[Mention | None, Fault | None]:
    """Parse a T line and check it against the text. Without a mention the fault is an error, with one it is a note.

    counting: the unit of offsets, if not characters.

    Faults: B108 a malformed line, B109 invalid offsets, B110 a stated text that differs from the text at the offsets.
    White space is ignored in that comparison: brat joins fragments by a space, other tools write line ends as spaces,
    and trim or join in other ways. Notes: B129 other characters stated one for one, B121 a mention that crosses a line
    end.
    Fragments may be in any order. Those between which there is nothing but a line end are one: so brat itself writes
    what its users mark across a line end.
    """
    match = _TEXT_BOUND.fullmatch(bare(raw))
    if match is None:
        return None, Fault("B108", {"shown": quote(raw)})
    name, label, offsets, stated = match.groups()
    numbers = [int(number) for number in offsets.replace(";", " ").split(" ")]
    places = numbers if counting is None else counting.characters(numbers)
    if places is None:
        reason = f"the text has no such position, counted in {counting.name if counting else 'characters'}"
        return None, Fault("B109", {"id": name, "offsets": offsets, "reason": reason})
    # spans keep the order of the file, in which the fragments' text is written; the mention has them in text order.
    spans: Spans = tuple(zip(places[::2], places[1::2], strict=True))
    ordered = tuple(sorted(spans)) if len(spans) > 1 else spans
    reason = ""
    if any(start >= end for start, end in spans):
        reason = "an end is not after its start"
    elif any(end > len(text) for _, end in spans):
        reason = f"the text has {len(text)} characters"
    elif any(first[1] > second[0] for first, second in pairwise(ordered)):
        reason = "its fragments overlap"
    if reason:
        return None, Fault("B109", {"id": name, "offsets": offsets, "reason": reason})
    ordered = join_lines(text, ordered)
    mention = Mention.of_parts(ordered, label, id=name)
    actual = written_text(text, spans)
    if not agrees(stated, actual):
        shown = {"id": name, "offsets": offsets, "actual": quote(actual), "stated": quote(stated)}
        return (mention, Fault("B129", shown)) if is_respelt(stated, actual) else (None, Fault("B110", shown))
    across = any("\n" in text[start:end] for start, end in ordered)
    return mention, Fault("B121", {"id": name}) if across else None


def stated_mention(raw: str) -> tuple[list[int], str] | None:
    """Return the offsets and the text that a T line states; None for a malformed line."""
    match = _TEXT_BOUND.fullmatch(bare(raw))
    return match and ([int(number) for number in re.findall("[0-9]+", match[3])], match[4])


def without_dangling(rows: Iterable[Row]) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Return the rows whose references can all be resolved, and the others with the id that is missing."""
    # A dropped row may be what another refers to (A1 -> R1 -> T1), so rows are dropped until a pass drops none.
    kept = list(rows)
    dangling: list[tuple[Row, str]] = []
    while True:
        known = {row.line.id for row in kept}
        missing = {index: id_ for index, row in enumerate(kept) for id_ in row.line.targets if id_ not in known}
        if not missing:
            return kept, dangling
        dangling += [(kept[index], id_) for index, id_ in missing.items()]
        kept = [row for index, row in enumerate(kept) if index not in missing]


def written_text(text: str, fragments: Spans) -> str:
    """Return the text of a mention as in its T line: fragments joined by a space, line ends as spaces."""
    return _BREAK.sub(" ", " ".join(text[start:end] for start, end in fragments))


def join_lines(text: str, spans: Spans) -> Spans:
    """Join the fragments between which there is only white space with a line end."""
    joined = list(spans[:1])
    for start, end in spans[1:]:
        gap = text[joined[-1][1] : start]
        if _BREAK.search(gap) and not gap.strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def split_lines_of(text: str, spans: Spans) -> Spans | None:
    """Return a fragment for each line of a mention; None if it starts or ends with a line end.

    This undoes ``join_lines``. With white space at its edges a mention would come back without it.
    """
    parts: list[tuple[int, int]] = []
    for start, end in spans:
        gaps = [gap.span() for gap in _SPACE.finditer(text, start, end) if _BREAK.search(gap[0])]
        parts += zip((start, *(last for _, last in gaps)), (*(first for first, _ in gaps), end), strict=True)
    return None if any(start == end for start, end in parts) else tuple(parts)


def read_concept(field: str) -> str:
    """Return the concept of an N line, without ``NO_ONTOLOGY``."""
    return field.removeprefix(f"{NO_ONTOLOGY}:") or field


def written_concept(concept: str) -> str:
    """Return a concept as an N line has it, with an ontology; ``read_concept`` undoes it."""
    named = _NORMALISED.fullmatch(concept) and not concept.startswith(f"{NO_ONTOLOGY}:")
    return concept if named else f"{NO_ONTOLOGY}:{concept}"


def quote(words: str) -> str:
    """Return text for a message: quoted, on one line, at most 60 characters."""
    words = words.strip("\r\n")
    return repr(words if len(words) <= 60 else words[:57] + "...")
