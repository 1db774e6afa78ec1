"""Reads and checks the annotation files of a document: its mentions, its relations and its valid lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from ...documents.document import Mention, Relation
from ..counting import Hints, counting_of
from ..problems import ProblemLog
from .lines import KINDS, Row, bare, parse_line, parse_mention, quote, stated_mention, without_dangling
from .rendering import is_relation


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as an entity, and the unit of offsets.

    labels: of the mentions that are entities; None for all. triggers: whether triggers of events are entities.
    offsets: one of ``counting.UNITS``.
    """

    labels: Collection[str] | None = None
    triggers: bool = True
    offsets: str = "characters"


def parse_rows(
    text: str, files: dict[str, list[str]], place: str, report: ProblemLog, rules: Rules
) -> tuple[list[Mention], list[Relation], list[Row]]:
    """Return the mentions and relations of a document in the order of its lines, and the valid rows.

    files: lines by the suffix of their file. place: path of the document without suffix.
    Reports B108 to B114; notes B121 and B129 (see ``parse_mention``), B173 (triggers that count as entities) and B174
    (mentions that do not count as entities).
    """
    rows, mentions = _sound_rows(text, files, place, report, rules)
    rows, dangling = without_dangling(rows)
    for row, missing in dangling:
        report.add("B114", place + row.suffix, row.number, id=missing)
    rows = _entities_only(rows, mentions, place, report, rules)
    relations: dict[str, Relation] = {}
    for row in rows:
        line = row.line
        if line.kind == "N" and line.targets[0] in mentions:
            mention = mentions[line.targets[0]]
            mentions[mention.id] = replace(mention, concepts=(*mention.concepts, line.concept))
        elif line.attribute and line.targets[0] in mentions:
            mention = mentions[line.targets[0]]
            mentions[mention.id] = replace(mention, attributes=(*mention.attributes, line.attribute))
        elif is_relation(line, mentions):
            relations[line.id] = line.relation()
    for row in rows:  # anew, because the line of an attribute may stand before that of its relation
        if row.line.attribute and row.line.targets[0] in relations:
            relation = relations[row.line.targets[0]]
            relations[relation.id] = replace(relation, attributes=(*relation.attributes, row.line.attribute))
    for row in reversed(rows):  # so that of several scores the first is the one that stays
        if row.line.score is not None:
            target = row.line.targets[0]
            if target in mentions:
                mentions[target] = replace(mentions[target], score=row.line.score)
            elif target in relations:
                relations[target] = replace(relations[target], score=row.line.score)
    return list(mentions.values()), list(relations.values()), rows


def _sound_rows(
    text: str, files: dict[str, list[str]], place: str, report: ProblemLog, rules: Rules
) -> tuple[list[Row], dict[str, Mention]]:
    """Return the well-formed rows with unique ids, and the mentions of the T lines."""
    counting = counting_of(text, rules.offsets)
    hints = Hints(text)
    rows: list[Row] = []
    mentions: dict[str, Mention] = {}
    known: set[str] = set()
    for suffix, raws in files.items():
        path = place + suffix
        for number, raw in enumerate(raws, 1):
            line = parse_line(raw)
            if line is None:
                code = "B113" if bare(raw)[0] in KINDS else "B112"
                report.add(code, path, number, shown=quote(raw))
                continue
            if line.id in known:
                report.add("B111", path, number, id=line.id)
                continue
            if line.kind == "T":
                mention, fault = parse_mention(raw, text, counting)
                if mention is None and fault is not None:
                    stated = stated_mention(raw) if fault.code in ("B109", "B110") else None
                    hint = hints.of(*stated) if stated else ""
                    report.add(fault.code, path, number, **fault.values, **({"hint": hint} if stated else {}))
                if mention is None:
                    continue
                if fault is not None:
                    report.note(fault.code, path, number, **fault.values)
                mentions[line.id] = mention
            # Notes without a number and equivalences have no id, and may be repeated.
            if line.id:
                known.add(line.id)
            rows.append(Row(suffix, number, raw, line))
    return rows, mentions


def _entities_only(
    rows: list[Row], mentions: dict[str, Mention], place: str, report: ProblemLog, rules: Rules
) -> list[Row]:
    """Delete the mentions that are not entities under the rules; return the rows that do not depend on them."""
    triggers = {row.line.targets[0] for row in rows if row.line.kind == "E"} & set(mentions)
    out = set() if rules.triggers else triggers
    if rules.labels is not None:
        out |= {name for name, mention in mentions.items() if mention.label not in rules.labels}
    if triggers - out:
        report.note("B173", place, count=len(triggers - out))
    if not out:
        return rows
    report.note("B174", place, count=len(out))
    for name in out:
        del mentions[name]
    return without_dangling(row for row in rows if row.line.id not in out)[0]
