"""Notes of mentions, as brat shows them: ``#1<tab>AnnotatorNotes T1<tab>words``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from ...documents.document import Document
from .lines import NEW_ID, Line, bare, parse_line, split_lines
from .rendering import STORE, is_relation

PROPOSED = "missing_"
"""Prefix of the label of a mention that is proposed to the curator: the gold lacks it, and nobody has decided yet."""


class Note(NamedTuple):
    """A note of a mention: the suffix of its file, its line from 1, the id of the mention, its words."""

    suffix: str
    line: int
    mention: str
    text: str


def with_notes(document: Document, notes: Mapping[int, str]) -> Document:
    """Return the document with notes for its mentions, which the brat writer writes; all mentions get ids.

    notes: the number of a mention -> a text, of which each run of white space becomes a blank. A document that was read
    from brat keeps its lines.
    """
    stored = dict(document.extra.get(STORE) or {".ann": ""})
    first = next(iter(stored))
    lines = [line for content in stored.values() for line in split_lines(content)]
    taken = {bare(line).partition("\t")[0] for line in lines}
    named = _with_ids(document, taken)
    fresh = (name for name in (f"#{number}" for number in count(1)) if name not in taken)
    new = [
        f"{next(fresh)}\tAnnotatorNotes {named.mentions[number].id}\t{' '.join(text.split())}\n"
        for number, text in notes.items()
    ]
    content = stored[first]
    stored[first] = (content if content.endswith("\n") or not content else content + "\n") + "".join(new)
    return replace(named, extra={**named.extra, STORE: stored})


def notes_of(document: Document) -> Iterator[Note]:
    """Yield the notes of mentions of a document that was read from brat, without scores."""
    for suffix, content in (document.extra.get(STORE) or {}).items():
        for number, raw in enumerate(split_lines(content), 1):
            line = parse_line(raw)
            if line is not None and line.kind == "#" and line.targets and line.score is None:
                _, head, text = [*bare(raw).split("\t", 2), ""][:3]
                if head.startswith("AnnotatorNotes "):
                    yield Note(suffix, number, line.targets[0], text)


def proposals_of(document: Document) -> Iterator[Note]:
    """Yield the line of each mention that is still PROPOSED, of a document that was read from brat, as a note."""
    labels = {one.id: one.label for one in document.mentions if one.label.startswith(PROPOSED)}
    for suffix, content in (document.extra.get(STORE) or {}).items() if labels else ():
        for number, raw in enumerate(split_lines(content), 1):
            name = bare(raw).partition("\t")[0]
            if name in labels:
                yield Note(suffix, number, name, f"labelled {labels[name]}")


def lines_beside(document: Document) -> Counter[str]:
    """Return the numbers of lines, by kind, that a document was read from and that its fields do not hold.

    The kinds are "note" and "other line": events of events and those with a trigger alone, equivalences, and attributes
    and normalisations of what is no mention or relation.
    """
    lines = [
        parse_line(raw) or Line()
        for content in (document.extra.get(STORE) or {}).values()
        for raw in split_lines(content)
    ]
    texts = {line.id for line in lines if line.kind == "T"}
    related = {line.id for line in lines if is_relation(line, texts)}
    counts: Counter[str] = Counter()
    for line in lines:
        if line.kind == "#":
            counts["note"] += line.score is None
        elif line.kind in ("R", "E"):
            counts["other line"] += line.id not in related
        elif line.kind == "N":
            counts["other line"] += line.targets[0] not in texts
        elif line.attribute:
            counts["other line"] += line.targets[0] not in texts | related
        else:
            counts["other line"] += line.kind == "*"
    return counts


def beside(document: Document) -> dict[str, int]:
    """Return what other formats cannot hold of a document that was read from brat: see ``lines_beside``."""
    counts = lines_beside(document)
    return {"notes of annotators": counts["note"], "other lines of brat": counts["other line"]}


def without_notes(document: Document, dropped: Callable[[Note], bool]) -> Document:
    """Return a document that was read from brat without these notes."""
    removed = {(note.suffix, note.line) for note in notes_of(document) if dropped(note)}
    stored = {
        suffix: "".join(raw for number, raw in enumerate(split_lines(content), 1) if (suffix, number) not in removed)
        for suffix, content in (document.extra.get(STORE) or {}).items()
    }
    return replace(document, extra={**document.extra, STORE: stored})


def _with_ids(document: Document, read: set[str]) -> Document:
    """Return the document with ids of T lines for all mentions, each its own; relations follow them.

    read: the ids of lines that were read, which stay, as the writer keeps them.
    """
    taken = read | {mention.id for mention in document.mentions}
    fresh = (name for name in (f"T{number}" for number in count(1)) if name not in taken)
    seen: set[str] = set()
    names: dict[str, str] = {}
    mentions = []
    for mention in document.mentions:
        usable = mention.id[:1] == "T" and (mention.id in read or NEW_ID.fullmatch(mention.id))
        name = mention.id if usable and mention.id not in seen else next(fresh)
        seen.add(name)
        # If two mentions share an id, relations stay with the first.
        names.setdefault(mention.id, name)
        mentions.append(mention if name == mention.id else replace(mention, id=name))
    relations = [
        one
        if one.of_concepts
        else replace(one, arguments=tuple((role, names.get(name, name)) for role, name in one.arguments))
        for one in document.relations
    ]
    return replace(document, mentions=mentions, relations=relations)
