"""The value that every format reads into and writes from: a text, its mentions, and what else the file said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Mention:
    """One annotated mention; offsets count characters (code points) of ``Document.text``.

    start, end: the first character and one past the last.
    label: the entity type, as the file spells it.
    fragments: for a discontinuous mention, its two or more (start, end) pairs in text order; else empty.
    id: the name the format gives the mention ("T1" in brat), or "".
    concepts: ids in a terminology ("MESH:D003920"), best first.
    """

    start: int
    end: int
    label: str
    fragments: tuple[tuple[int, int], ...] = ()
    id: str = ""
    concepts: tuple[str, ...] = ()


@dataclass(slots=True)
class Document:
    """A text with its gold or predicted mentions.

    tokens: (start, end) of the gold tokens where the format has them (CoNLL), else None.
    sentences: indices into ``tokens`` at which sentences start, or None where the format does not say.
    meta: JSON-serialisable facts about the document, kept through every format that can hold them.
    extra: what a format holds beyond the rest, under the format's name; only that format reads it.
    """

    text: str
    mentions: list[Mention] = field(default_factory=list)
    id: str = ""
    tokens: list[tuple[int, int]] | None = None
    sentences: list[int] | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
