"""PubTator: title, abstract, mentions with concept ids, and relations between concepts (Wei et al. 2013, NAR 41).

    227508|t|Naloxone reverses the antihypertensive effect of clonidine.
    227508|a|In unanesthetized rats ...
    227508<tab>0<tab>8<tab>Naloxone<tab>Chemical<tab>D009270
    227508<tab>CID<tab>D003000<tab>D006973

The text of a document, to which offsets refer, is its title, a line break and its abstract. The last column of a
mention holds its concept ids: several are joined by ``|``, ``,`` or ``;``; ``-1``, ``-`` or nothing means no id. A
seventh column, as in BC5CDR, splits a composite mention into its parts; it is kept in ``Document.extra``. A relation
line has four fields, or five as in BioRED, whose last field says whether the finding is novel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any

from ..documents.concept_ids import join_concepts, split_concepts
from ..documents.document import Document, Mention, Relation, fault_of
from .composite_mentions import composite_parts
from .problems import ProblemLog
from .stated_text import agrees, is_respelt
from .text_io import encoded, open_output, read_lines

STORE = "pubtator"

_HEAD = re.compile(r"([^|\t]+)\|([ta])\|(.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,18}")
_SPACES = re.compile(r"[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ROLES = ("Arg1", "Arg2")
NOVEL = "novel"
"""The attribute of a relation that holds its fifth field."""
NOT_WRITTEN = "relations without a label or without two concepts"


def read(path: Path | str, report: ProblemLog, *, encoding: str = "utf-8", parts: bool = False) -> Iterator[Document]:
    """Return the documents of a file, as a stream.

    parts: give each part of a composite mention as a mention of its own, in several fragments where it has them
        ("cardiac ... toxicity" of "cardiac and renal toxicity"); reports those with parts not in their text (B246),
        which stay whole.

    Reports malformed lines (B260), mentions that do not fit their text (B261), an abstract or an annotation without its
    title (B262), a second abstract (B250), all left out, and lines that do not decode (B103). Notes mentions whose text
    is stated in other characters (B129). Raises B101 and B124.
    """
    path = Path(path)
    draft: _Draft | None = None
    for number, line in read_lines(path, report, encoding):
        if not line or line.isspace():
            continue
        head = _HEAD.fullmatch(line)
        if head is not None and head[2] == "t":
            if draft is not None:
                yield draft.document(path, report, parts)
            draft = _Draft(head[1], head[3])
        # Lines of one document stand together; a line with another id has lost its title.
        elif draft is None or (head or line.split("\t", 1))[1 if head else 0] != draft.id:
            report.add("B262", path, number, shown=_quote(line))
        elif head is not None and draft.abstract is not None:
            report.add("B250", path, number, shown=_quote(line))
        elif head is not None:
            draft.abstract = head[3]
        else:
            draft.rows.append((number, line.split("\t")))
    if draft is not None:
        yield draft.document(path, report, parts)


def recognises(path: Path, head: str) -> bool:
    """Return whether text starts with the title of a document."""
    first = next((line for line in head.split("\n") if line.strip()), "")
    match = _HEAD.match(first)
    return match is not None and match[2] == "t"


def beside(document: Document) -> dict[str, int]:
    """Return what only this format holds of a document that was read from it: the parts of composite mentions."""
    kept = document.extra.get(STORE, {})
    return {"lists of parts of composite mentions": sum(any(cells[1:]) for cells in kept.values())}


class _Draft:
    """The lines of a document that have been read so far. Mentions are checked at the end, when the text is known."""

    def __init__(self, name: str, title: str) -> None:
        self.id = name
        self.title = title
        self.abstract: str | None = None
        self.rows: list[tuple[int, list[str]]] = []

    def document(self, path: Path, report: ProblemLog, parts: bool) -> Document:
        text = f"{self.title}\n{self.abstract}" if self.abstract else self.title
        document = Document(text, id=self.id)
        kept: dict[str, list[str]] = {}
        for number, cells in self.rows:
            if len(cells) > 4 and _NUMBER.fullmatch(cells[1]) and _NUMBER.fullmatch(cells[2]):
                mention, fault = _mention(cells, text)
                if mention is None:
                    report.add("B261", path, number, shown=_quote("\t".join(cells[1:])), fault=fault)
                    continue
                words = text[mention.start : mention.end]
                if not agrees(cells[3], words):
                    report.note("B129", path, number, id=self.id, stated=_quote(cells[3]), actual=_quote(words))
                names = cells[6].split("|") if parts and len(cells) > 6 else []
                several = composite_parts(mention, text, names) if names else []
                if several:
                    document.mentions += several
                    continue
                if names:
                    report.add("B246", path, number, shown=_quote("\t".join(cells[1:])))
                document.mentions.append(mention)
                # Kept: another spelling of the ids, or the parts of a composite mention, which a Mention cannot hold.
                if cells[5:] != [_joined(mention)]:
                    kept[_key(mention)] = cells[5:]
            elif len(cells) in (4, 5) and all(cells[1:4]):
                arguments = tuple(zip(_ROLES, cells[2:4], strict=True))
                attributes = tuple((NOVEL, cell) for cell in cells[4:])
                document.relations.append(Relation(cells[1], arguments, of_concepts=True, attributes=attributes))
            else:
                report.add("B260", path, number, shown=_quote("\t".join(cells)))
        if kept:
            document.extra[STORE] = kept
        return document


def _mention(cells: list[str], text: str) -> tuple[Mention | None, str]:
    """Return the mention of a line, or None and the reason why it is invalid."""
    start, end = int(cells[1]), int(cells[2])
    mention = Mention(start, end, cells[4].strip(), concepts=split_concepts(cells[5] if len(cells) > 5 else ""))
    fault = fault_of(mention, len(text))
    if not fault and not (agrees(cells[3], text[start:end]) or is_respelt(cells[3], text[start:end])):
        fault = f"the text there is {_quote(text[start:end])}"
    return (None, fault) if fault else (mention, "")


def _joined(mention: Mention) -> str:
    return join_concepts(mention.concepts) or "-1"


def _key(mention: Mention) -> str:
    return f"{mention.start} {mention.end} {mention.label} {_joined(mention)}"


def _quote(words: str) -> str:
    return ascii(words if len(words) <= 80 else f"{words[:77]}...")


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents, each followed by an empty line (packed if the name ends in .gz).

    The first line of a text is the title, the rest the abstract. A document without an id, or with one that holds
    white space or ``|``, is named by its number, or the next one that no document before it has. Relations between two
    mentions become relations between their first concepts.

    report: takes a note B263 for what the format cannot hold: such ids, further line breaks and tabs (written as
    blanks), fragments (the span that covers them is written), scores, attributes but the one of a relation that is
    ``NOVEL``, relations without a label or without two concepts (not written), relations whose concepts and label are
    those of another (written once), and relations of mentions of several concepts (the first is written).
    Raises B101 and B127.
    """
    path = Path(path)
    names: set[str] = set()
    numbers: set[str] = set()
    with open_output(path) as file:
        for number, document in enumerate(documents, 1):
            name = document.id
            # The id ends at the first bar or tab of a line. A number that was given away is no longer free as an id.
            if not name or re.search(r"[|\s]", name) or name in numbers:
                name = next(free for free in map(str, count(number)) if free not in names)
                numbers.add(name)
            names.add(name)
            lines, lost = _lines(document, name)
            lost["id"] = int(document.id not in ("", name))
            if report is not None:
                report.note_lost(path, document.id or str(number), lost)
                report.left_out["relations"] += lost[NOT_WRITTEN]
            file.write(encoded("\n".join(lines) + "\n\n", path))


def _lines(document: Document, name: str) -> tuple[list[str], dict[str, int]]:
    """Return the lines of a document, and how many things of each kind they cannot hold."""
    title, _, abstract = document.text.partition("\n")
    lines = [f"{name}|t|{_plain(title)}", f"{name}|a|{_plain(abstract)}"]
    kept: dict[str, list[str]] = document.extra.get(STORE, {})
    types = [[mention.label, *kept.get(_key(mention), [_joined(mention)])] for mention in document.mentions]
    for mention, cells in zip(document.mentions, types, strict=True):
        words = document.text[mention.start : mention.end]
        lines.append("\t".join(map(_plain, [name, str(mention.start), str(mention.end), words, *cells])))
    related, several = _relations(document)
    rows = [[one.label, *(concept for _, concept in one.arguments), *_novel(one)] for one in related]
    # Several pairs of mentions may have the same two concepts: dict.fromkeys writes such a relation once.
    written = dict.fromkeys("\t".join(map(_plain, [name, *row])) for row in rows)
    lines += written
    lost: dict[str, Any] = {
        "line breaks or tabs": sum(len(_SPACES.findall(cell)) for cell in (title, abstract, *chain(*types, *rows))),
        "discontinuous mentions": sum(bool(mention.fragments) for mention in document.mentions),
        "scores": sum(mention.score is not None for mention in document.mentions)
        + sum(relation.score is not None for relation in document.relations),
        "attributes": sum(len(mention.attributes) for mention in document.mentions)
        + sum(len(relation.attributes) - len(_novel(relation)) for relation in related),
        NOT_WRITTEN: len(document.relations) - len(related),
        "relations of the concepts of another (written once)": len(related) - len(written),
        "relations of a mention of several concepts (the first is written)": several,
    }
    return lines, lost


def _relations(document: Document) -> tuple[list[Relation], int]:
    """Return the relations that can be expressed as ones between two concepts, and how many lose other concepts so.

    A relation of a mention of several concepts becomes one of the first of them.
    """
    concepts = {mention.id: mention.concepts for mention in document.mentions if mention.id}
    related: list[Relation] = []
    several = 0
    for relation in document.relations:
        ends = [(name,) if relation.of_concepts else concepts.get(name, ()) for _, name in relation.arguments]
        names = [end[0] if end else "" for end in ends]
        if relation.label and len(names) == len(_ROLES) and all(names):
            related.append(replace(relation, arguments=tuple(zip(_ROLES, names, strict=True)), of_concepts=True))
            several += any(len(end) > 1 for end in ends)
    return related, several


def _novel(relation: Relation) -> list[str]:
    """Return the fifth field of a relation, if it has one."""
    return [value for key, value in relation.attributes if key == NOVEL][:1]


def _plain(words: str) -> str:
    return _SPACES.sub(" ", words)
