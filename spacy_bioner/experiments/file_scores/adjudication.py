"""Adjudication: the readings of several annotators merged into one document for a curator, and the decided corpus.

A mention on which all agree (span, label, concepts and attributes) is written once. All others are disputed;
overlapping ones form one numbered dispute. In brat each disputed mention has a note:

    #1  AnnotatorNotes T4   disputed 1: anna, or T5             one dispute with two readings: settled when one is
    #2  AnnotatorNotes T5   disputed 1: boris, clara, or T4     deleted, or both notes
    #3  AnnotatorNotes T7   disputed 2: only anna               settled when the mention is deleted, or this note
    #4  AnnotatorNotes T8   disputed 3: anna (Negated), or T9   the same words with other attributes
    #5  AnnotatorNotes T9   disputed 3: boris (no attribute), or T8
    #6  AnnotatorNotes T11  disputed 4: only clara | clara: unsure    with the note that the annotator wrote
    #7  AnnotatorNotes T12  anna: see the title                       no dispute

A mention has one note, because brat shows one. The ids are those of the readings that it overlaps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ...documents.declared_types import TYPES, joined_types, read_types, with_types
from ...documents.document import Document, Mention, Relation, Spans
from ...documents.spaceless import with_spaces
from ...formats import ProblemLog
from ...formats.brat.notes import Note, lines_beside, notes_of, proposals_of, with_notes, without_notes
from ...spans import overlaps
from ...text_tables import counted
from .matching import Match, without_spaces

_BETWEEN = " | "
"""What separates a dispute and the notes of its annotators."""
_NOTE = re.compile(rf"disputed (\d+): (only )?(.*?)(?:, or (T\d+(?:, T\d+)*))?(?:{re.escape(_BETWEEN)}(.*))?")

COUNTS = ("documents", "agreed", "alone", "disputes", "relations_agreed", "relations_left_out")
"""Documents; readings that are not disputed, and those of them for which only one of several annotators looked;
disputes; relations that all have, and others."""


class Reading(NamedTuple):
    """A mention as an annotator reads it: its parts, in characters that are not white space, and what is said of it."""

    parts: Spans
    label: str
    concepts: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Open:
    """An undecided reading: its note, and the text of its mention."""

    note: Note
    text: str


class _Annotator(NamedTuple):
    """An annotator's mentions and relations in a document, the types looked for (None for all), and notes by mention.

    The offsets of the mentions count characters that are not white space.
    """

    name: str
    mentions: list[Mention]
    relations: list[Relation]
    types: frozenset[str] | None
    notes: Mapping[str, list[str]]

    def looked_for(self, *labels: str) -> bool:
        return self.types is None or self.types.issuperset(labels)


def merge_readings(match: Match, names: Sequence[str], counts: Counter[str], report: ProblemLog) -> Document:
    """Return a document with all readings, and notes at the disputed ones; its text is that of the first annotator.

    A reading is disputed if an annotator who looked for its label (``documents.declared_types``) does not have it. Only
    relations are kept that all annotators have who looked for the labels of their mentions. The metadata that all
    annotators have alike is kept; the document declares all types that they looked for, and none if one declares none.

    names: names of the annotators, in the order of the match. counts: incremented; see COUNTS.
    report: takes notes of what is left out: mentions of white space alone (B731), with their relations, and scores,
    notes that are not of mentions, other lines of brat and metadata (B732).
    Raises B740 for declared types that are no labels.
    """
    sets = zip(names, (match.gold, *match.found), strict=True)
    documents = {name: document for name, document in sets if document is not None}
    present = [_annotator(name, document, report) for name, document in documents.items()]
    readers: dict[Reading, list[str]] = {}
    for one in present:
        for reading in dict.fromkeys(map(_reading, one.mentions)):
            readers.setdefault(reading, []).append(one.name)
    readings = sorted(readers)
    # Who did not look for a label says nothing of its mentions.
    wanted = {
        one: [who.name for who in present if who.looked_for(one.label) or who.name in readers[one]] for one in readings
    }
    disputed = [one for one in readings if len(readers[one]) < len(wanted[one])]
    runs = list(_disputes(disputed))
    named = {one: f"T{i}" for i, one in enumerate(readings, 1)}
    texts = _with_remarks(_note_texts(runs, readers, named, counts["disputes"] + 1), present)
    relations = _relations(present, named, counts)
    alone = sum(len(present) > len(wanted[one]) == 1 for one in readings)
    counts.update(documents=1, agreed=len(readings) - len(disputed), disputes=len(runs), alone=alone)
    document = Document(
        match.gold.text,
        # In the text again: annotators' texts may differ in white space.
        with_spaces([_mention(one, name) for one, name in named.items()], match.gold.text),
        match.gold.id,
        meta=_shared_meta(documents, report),
        relations=relations,
        question=match.gold.question,
    )
    return with_notes(document, {i: texts[one] for i, one in enumerate(readings) if one in texts})


def _annotator(name: str, document: Document, report: ProblemLog) -> _Annotator:
    """Return what an annotator marked; note what is left out of it."""
    mentions = []
    for one, moved in zip(document.mentions, without_spaces(document).mentions, strict=True):
        if moved.start < moved.end:
            mentions.append(moved)
        else:
            report.note("B731", name, id=document.id, label=one.label, start=one.start, end=one.end)
    scores = sum(one.score is not None for one in document.mentions)
    scores += sum(one.score is not None for one in document.relations)
    notes: dict[str, list[str]] = {}
    known = {mention.id for mention in mentions}
    for note in notes_of(document):
        if note.mention in known and not _NOTE.fullmatch(note.text):
            notes.setdefault(note.mention, []).append(note.text)
    beside = lines_beside(document) - Counter(note=sum(map(len, notes.values())))
    for what, number in {"score": scores, **beside}.items():
        if number:
            report.note("B732", name, id=document.id, lost=counted(number, what))
    return _Annotator(name, mentions, document.relations, read_types(document.meta, document.id), notes)


def _with_remarks(texts: Mapping[Reading, str], present: Sequence[_Annotator]) -> dict[Reading, str]:
    """Return the notes of readings with what the annotators noted at them: ``anna: unsure``."""
    remarks: dict[Reading, dict[str, None]] = {}
    for one in present:
        for mention in one.mentions:
            for note in one.notes.get(mention.id, ()):
                remarks.setdefault(_reading(mention), {})[f"{one.name}: {note}"] = None
    return {
        reading: _BETWEEN.join([*([texts[reading]] if reading in texts else []), *remarks.get(reading, ())])
        for reading in texts.keys() | remarks.keys()
    }


def _shared_meta(documents: Mapping[str, Document], report: ProblemLog) -> dict[str, Any]:
    """Return the metadata that all annotators have alike, with all types that they looked for."""
    first, *others = (document.meta for document in documents.values())
    shared = {key: value for key, value in first.items() if all(key in m and m[key] == value for m in others)}
    for name, document in documents.items():
        own = document.meta.keys() - shared.keys() - {TYPES}
        if own:
            lost = counted(len(own), "metadata field that differs", "metadata fields that differ")
            report.note("B732", name, id=document.id, lost=lost)
    return with_types(shared, joined_types(documents.values()))


def _reading(mention: Mention) -> Reading:
    # Attributes have no order, and none is there twice.
    return Reading(mention.parts, mention.label, mention.concepts, tuple(sorted(set(mention.attributes))))


def _mention(reading: Reading, name: str) -> Mention:
    of = reading
    return Mention.of_parts(of.parts, of.label, id=name, concepts=of.concepts, attributes=of.attributes)


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


def _note_texts(
    runs: Sequence[Sequence[Reading]], readers: Mapping[Reading, list[str]], named: Mapping[Reading, str], first: int
) -> dict[Reading, str]:
    """Return the note of each disputed reading. named: their ids. first: the number of the first dispute."""
    variants: dict[tuple[Spans, str], set[tuple[tuple[str, str], ...]]] = {}
    for one in readers:
        variants.setdefault((one.parts, one.label), set()).add(one.attributes)
    texts = {}
    for number, run in enumerate(runs, first):
        only = "only " if len(run) == 1 else ""
        for one in run:
            texts[one] = f"disputed {number}: {only}{', '.join(readers[one])}"
            if len(variants[one.parts, one.label]) > 1:
                shown = ", ".join(f"{name} {value}".rstrip() for name, value in one.attributes)
                texts[one] += f" ({shown or 'no attribute'})"
            if rivals := [named[other] for other in run if other is not one and _overlap(one.parts, other.parts)]:
                texts[one] += f", or {', '.join(rivals)}"
    return texts


def _overlap(one: Spans, other: Spans) -> bool:
    """Return whether one mention starts before the other ends, and the reverse."""
    return overlaps((one[0][0], one[-1][1]), (other[0][0], other[-1][1]))


def _relations(present: Sequence[_Annotator], named: Mapping[Reading, str], counts: Counter[str]) -> list[Relation]:
    """Return the relations that all annotators have who looked for the labels of their mentions.

    named: the ids of the readings in the merged document.
    """
    label_of = {name: reading.label for reading, name in named.items()}
    voters: dict[Relation, set[str]] = {}
    left_out = 0
    for one in present:
        by_id = {mention.id: named[_reading(mention)] for mention in one.mentions}
        for relation in one.relations:
            ids = {} if relation.of_concepts else by_id
            if not relation.of_concepts and any(target not in by_id for _, target in relation.arguments):
                left_out += 1  # it names a mention that is left out
                continue
            arguments = tuple((role, ids.get(target, target)) for role, target in relation.arguments)
            attributes = tuple(sorted(set(relation.attributes)))
            key = Relation(relation.label, arguments, of_concepts=relation.of_concepts, attributes=attributes)
            voters.setdefault(key, set()).add(one.name)
    agreed = []
    for key, who in voters.items():
        labels = [] if key.of_concepts else [label_of[name] for _, name in key.arguments]
        if all(one.name in who for one in present if one.looked_for(*labels)):
            agreed.append(key)
    counts.update(relations_agreed=len(agreed), relations_left_out=left_out + len(voters) - len(agreed))
    return [replace(one, id=f"R{i}") for i, one in enumerate(agreed, 1)]


def still_open(document: Document) -> list[Open]:
    """Return what is not decided in a document: disputed readings, and mentions that ``check --notes`` proposes."""
    mentions = {mention.id: mention for mention in document.mentions}
    disputes: dict[str, list[tuple[Note, re.Match[str]]]] = {}
    for note in notes_of(document):
        found = _NOTE.fullmatch(note.text)
        if found is not None and note.mention in mentions:
            disputes.setdefault(found[1], []).append((note, found))
    return [
        Open(note, document.text_of(mentions[note.mention]))
        for some in disputes.values()
        # Open: several readings with notes are left, or the only one has its note "only" or overlaps one without.
        if len(some) > 1 or some[0][1][2] or _has_rival(some[0][0], some[0][1][4], mentions)
        for note, _ in some
    ] + [Open(note, document.text_of(mentions[note.mention])) for note in proposals_of(document)]


def _has_rival(note: Note, named: str | None, mentions: Mapping[str, Mention]) -> bool:
    """Return whether a reading overlaps another one of its dispute; any mention may be one if the note names none."""
    names = {*(named.split(", ") if named else mentions)} & mentions.keys() - {note.mention}
    return any(_overlap(mentions[note.mention].parts, mentions[name].parts) for name in names)


def settled(document: Document) -> Document:
    """Return the document without the disputes in its notes; what the annotators noted stays."""
    numbers = {mention.id: i for i, mention in enumerate(document.mentions)}
    kept = {}
    for note in notes_of(document):
        found = _NOTE.fullmatch(note.text)
        if found is not None and found[5] and note.mention in numbers:
            kept[numbers[note.mention]] = found[5]
    decided = without_notes(document, lambda note: _NOTE.fullmatch(note.text) is not None)
    return with_notes(decided, kept) if kept else decided
