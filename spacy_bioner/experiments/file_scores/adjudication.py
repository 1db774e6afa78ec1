"""Adjudication: the readings of several annotators merged into one document for a curator, and the decided corpus.

A mention on which all agree (span, label and concepts) is written once. All others are disputed; overlapping ones form
one numbered dispute. In brat each disputed mention has a note:

    #1  AnnotatorNotes T4   disputed 1: anna             one dispute with two readings: settled when one is deleted
    #2  AnnotatorNotes T5   disputed 1: boris, clara
    #3  AnnotatorNotes T7   disputed 2: only anna        settled when the mention is deleted, or this note
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...documents.document import Document, Mention, Relation, Spans
from ...formats.brat.notes import Note, notes_of, with_notes, without_notes
from .matching import Match, without_spaces

_NOTE = re.compile(r"disputed (\d+): (only )?(.*)")

COUNTS = ("documents", "agreed", "disputes", "relations_agreed", "relations_left_out")


class Reading(NamedTuple):
    """A mention as an annotator reads it: its parts, in characters that are not white space; label and concepts."""

    parts: Spans
    label: str
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """An undecided reading: its note, and the text of its mention."""

    note: Note
    text: str


def merge_readings(match: Match, names: Sequence[str], counts: Counter[str]) -> Document:
    """Return a document with all readings, and notes at the disputed ones; its text is that of the first annotator.

    Only relations that all annotators have are kept. names: names of the annotators, in the order of the match.
    counts: incremented; see COUNTS.
    """
    sets = [(names[0], match.gold), *zip(names[1:], match.found, strict=True)]
    present = [(name, without_spaces(document)) for name, document in sets if document is not None]
    readers: dict[Reading, list[str]] = {}
    for name, document in present:
        for reading in dict.fromkeys(map(_reading, document.mentions)):
            readers.setdefault(reading, []).append(name)
    readings = sorted(readers)
    disputed = [reading for reading in readings if len(readers[reading]) < len(present)]
    numbers: dict[Reading, int] = {}
    sizes: Counter[int] = Counter()
    for number, own in enumerate(_disputes(disputed), counts["disputes"] + 1):
        numbers.update(dict.fromkeys(own, number))
        sizes[number] = len(own)
    notes = {
        i: f"disputed {numbers[one]}: {'only ' if sizes[numbers[one]] == 1 else ''}{', '.join(readers[one])}"
        for i, one in enumerate(readings)
        if one in numbers
    }
    relations = _relations(present, readings, counts)
    counts.update(documents=1, agreed=len(readings) - len(disputed), disputes=len(sizes))
    mentions = [_mention(one, match.gold.text, f"T{i + 1}") for i, one in enumerate(readings)]
    return with_notes(Document(match.gold.text, mentions, match.gold.id, relations=relations), notes)


def _reading(mention: Mention) -> Reading:
    return Reading(mention.parts, mention.label, mention.concepts)


def _disputes(readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Yield runs of readings that overlap, from readings in text order."""
    run: list[Reading] = []
    end = 0
    for one in readings:
        # A chain of overlaps is one dispute: if A overlaps B and B overlaps C, the curator decides all three together.
        if run and one.parts[0][0] >= end:
            yield run
            run = []
        run.append(one)
        end = max(end, one.parts[-1][1])
    if run:
        yield run


def _mention(reading: Reading, text: str, name: str) -> Mention:
    # The offsets of readings do not count white space, in which the annotators' texts may differ; they are mapped back
    # to offsets in this text.
    places = [i for i, char in enumerate(text) if not char.isspace()]
    parts = tuple((places[start], places[end - 1] + 1) for start, end in reading.parts)
    return Mention(parts[0][0], parts[-1][1], reading.label, parts if len(parts) > 1 else (), name, reading.concepts)


def _relations(
    present: Sequence[tuple[str, Document]], readings: Sequence[Reading], counts: Counter[str]
) -> list[Relation]:
    """Return the relations between mentions that all annotators have."""
    names = {reading: f"T{i + 1}" for i, reading in enumerate(readings)}
    times: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
    for _, document in present:
        by_id = {mention.id: names[_reading(mention)] for mention in document.mentions}
        # A set for each annotator, so that a repeated relation is one vote.
        times.update(
            {
                (one.label, tuple((role, by_id[target]) for role, target in one.arguments))
                for one in document.relations
                if all(target in by_id for _, target in one.arguments)
            }
        )
    agreed = [one for one, number in times.items() if number == len(present)]
    counts.update(relations_agreed=len(agreed), relations_left_out=len(times) - len(agreed))
    return [Relation(label, arguments, f"R{i}") for i, (label, arguments) in enumerate(agreed, 1)]


def still_open(document: Document) -> list[Open]:
    """Return the disputed readings of a document that are not decided."""
    mentions = {mention.id: mention for mention in document.mentions}
    disputes: dict[str, list[tuple[Note, bool]]] = {}
    for note in notes_of(document):
        found = _NOTE.fullmatch(note.text)
        if found is not None and note.mention in mentions:
            disputes.setdefault(found[1], []).append((note, found[2] is not None))
    return [
        Open(note, document.text_of(mentions[note.mention]))
        for some in disputes.values()
        # Open: several readings are left, or the only one still has its note "only".
        if len(some) > 1 or some[0][1]
        for note, _ in some
    ]


def settled(document: Document) -> Document:
    """Return the document without the notes of disputes."""
    return without_notes(document, lambda note: _NOTE.fullmatch(note.text) is not None)
