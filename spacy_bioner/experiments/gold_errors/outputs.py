"""Likely errors as a table, and as documents with notes for brat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wasabi import table

from ...documents.document import Document, Mention
from ...errors import BionerError
from ...formats.brat.notes import PROPOSED, with_notes
from ...formats.text_io import write_json, write_rows
from .findings import Finding

AROUND = 40
"""Number of characters of context on either side of a mention."""


def records(findings: Iterable[Finding], documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Return the findings as plain values, with texts in place of numbers."""
    return [_record(rank, one, documents[one.document]) for rank, one in enumerate(findings, 1)]


def _record(rank: int, one: Finding, document: Document) -> dict[str, Any]:
    gold = document.mentions[one.gold] if one.gold >= 0 else None
    proposed = _proposed(one)
    shown = gold or proposed or Mention(0, 0, "")
    start, end = shown.start, shown.end
    return {
        "rank": rank,
        "confidence": round(one.confidence, 4),
        "kind": one.kind,
        "document": document.id or f"#{one.document + 1}",
        "start": start,
        "end": end,
        "label": gold.label if gold is not None else None,
        "text": document.text_of(shown),
        "proposed_start": proposed and proposed.start,
        "proposed_end": proposed and proposed.end,
        "proposed_label": proposed and proposed.label,
        "proposed_text": proposed and document.text_of(proposed),
        "reason": one.reason,
        "context": " ".join(document.text[max(0, start - AROUND) : end + AROUND].split()),
    }


def _proposed(one: Finding) -> Mention | None:
    """Return the correct mention, None for none."""
    return None if one.proposal is None else Mention(*one.proposal, one.fragments)


def findings_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return records as a table for the terminal."""
    shown = [
        [str(row["rank"]), f"{row['confidence']:.2f}", row["kind"], row["document"], as_proposed(row), row["reason"]]
        for row in rows
    ]
    return table(
        shown, header=("rank", "confidence", "kind", "document", "mention", "reason"), divider=True, max_col=60
    )


def as_proposed(row: Mapping[str, Any]) -> str:
    """Return the mention of a record and what is proposed in its place."""
    instead = f"{row['proposed_label']} '{row['proposed_text']}'"
    if row["kind"] == "missing":
        return instead
    mention = f"{row['label']} '{row['text']}'"
    return f"{mention} -> {instead}" if row["proposed_label"] else mention


def check_table(path: Path) -> None:
    """Raise B733 for a file of another kind than ``write_table`` writes."""
    if path.suffix.lower() not in (".tsv", ".json"):
        raise BionerError("B733", path=path)


def write_table(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write records to a JSON file (suffix ``.json``) or a tab-separated file. Raises B101."""
    if path.suffix.lower() == ".json":
        write_json(path, {"findings": list(rows)})
        return
    names = list(rows[0]) if rows else list(_record(1, Finding(0, "", -1, None, 0.0, ""), Document("")))
    lines = [names, *(["" if row[name] is None else str(row[name]) for name in names] for row in rows)]
    write_rows(lines, path)


def noted(findings: Iterable[Finding], documents: Sequence[Document]) -> list[Document]:
    """Return the documents with findings, with a note at each mention in question.

    A missing mention is added, with ``PROPOSED`` before its label.
    """
    by_document: dict[int, list[Finding]] = {}
    for one in findings:
        by_document.setdefault(one.document, []).append(one)
    result = []
    for number, found in sorted(by_document.items()):
        document = documents[number]
        mentions, notes = list(document.mentions), {}
        for one in found:
            place, proposed = one.gold, _proposed(one)
            if place < 0 and proposed is not None:
                place = len(mentions)
                mentions.append(replace(proposed, label=PROPOSED + proposed.label))
            notes[place] = _note(one, document)
        result.append(with_notes(replace(document, mentions=mentions), notes))
    return result


def _note(one: Finding, document: Document) -> str:
    instead, proposed = "", _proposed(one)
    if one.kind in ("boundary", "label") and proposed is not None:
        instead = f": {proposed.label} '{document.text_of(proposed)}'?"
    return f"check {one.confidence:.2f}, {one.kind}{instead} ({one.reason})"
