"""Drug labels of TAC 2017's task on adverse reactions (Roberts et al. 2017), one XML file per label. Read only.

    <Label drug="..."><Text><Section id="S1" name="adverse reactions">...</Section></Text>
      <Mentions><Mention id="M1" section="S1" type="AdverseReaction" start="10,24" len="4,6" str="... ..."/></Mentions>
      <Relations><Relation id="RL1" type="Negated" arg1="M1" arg2="M2"/></Relations></Label>

The text of a document is the text of its sections, joined by line breaks. Offsets of mentions, which may be
discontinuous, count from the start of their section. ``meta`` has the drug and the [start, end, name] of the sections;
the reactions, with their MedDRA terms, are kept in ``Document.extra``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from ..documents.document import Document, Mention, Relation, fault_of
from .problems import ProblemLog
from .stated_text import agrees
from .xml_stream import read_elements

STORE = "tac"
_OFFSETS = re.compile(r"\d{1,9}(?:,\d{1,9})*")


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the label of a file as a document; its id is the name of the file without suffix.

    Reports malformed or unsafe XML (B264), and mentions (B261) and relations (B267) that do not fit, which are left
    out. Raises B101.
    """
    path = Path(path)
    for element in read_elements(path, "Label", report):
        yield _document(element, path, report)


def recognises(path: Path, head: str) -> bool:
    """Return whether text is a label of TAC 2017."""
    return re.search(r"<Label\b[^>]*\bdrug=", head) is not None


def beside(document: Document) -> dict[str, int]:
    """Return what only this format holds of a label that was read from it: its reactions."""
    return {"reactions": len(document.extra.get(STORE, {}).get("reactions", ()))}


def _document(element: Element, path: Path, report: ProblemLog) -> Document:
    parts: list[str] = []
    places: dict[str, int] = {}
    sections: list[list[Any]] = []
    length = 0
    for section in element.iterfind("Text/Section"):
        text = "".join(section.itertext())
        places[section.get("id", "")] = length
        sections.append([length, length + len(text), section.get("name", "")])
        parts.append(text)
        length += len(text) + 1
    drug = element.get("drug", "")
    document = Document("\n".join(parts), id=path.stem, meta={"drug": drug, "sections": sections})
    for item in element.iterfind("Mentions/Mention"):
        mention, fault = _mention(item, places, document.text)
        if mention is None:
            report.add("B261", path, shown=ascii(dict(item.attrib)), fault=fault)
        else:
            document.mentions.append(mention)
    known = {mention.id for mention in document.mentions}
    for item in element.iterfind("Relations/Relation"):
        arguments = tuple((role, item.get(role, "")) for role in ("arg1", "arg2"))
        missing = next((name for _, name in arguments if name not in known), None)
        if missing is not None:
            fault = f"it refers to {missing!a}, which does not exist"
            report.add("B267", path, id=ascii(document.id), shown=ascii(dict(item.attrib)), fault=fault)
            continue
        document.relations.append(Relation(item.get("type", ""), arguments, item.get("id", "")))
    reactions = [
        {**reaction.attrib, "normalizations": [dict(term.attrib) for term in reaction]}
        for reaction in element.iterfind("Reactions/Reaction")
    ]
    if reactions:
        document.extra[STORE] = {"reactions": reactions}
    return document


def _mention(item: Element, places: dict[str, int], text: str) -> tuple[Mention | None, str]:
    """Return the mention of an element, or None and the reason why it is invalid."""
    section, starts, lengths = item.get("section", ""), item.get("start", ""), item.get("len", "")
    if section not in places:
        return None, f"there is no section {section!a}"
    if not (_OFFSETS.fullmatch(starts) and _OFFSETS.fullmatch(lengths) and starts.count(",") == lengths.count(",")):
        return None, 'its "start" and "len" are not lists of numbers of the same length'
    base = places[section]
    pairs = zip(map(int, starts.split(",")), map(int, lengths.split(",")), strict=True)
    spans = sorted((base + start, base + start + length) for start, length in pairs)
    mention = Mention.of_parts(spans, item.get("type", ""), id=item.get("id", ""))
    fault = fault_of(mention, len(text))
    words = " ".join(text[start:end] for start, end in spans)
    if not fault and not agrees(item.get("str", ""), words):
        fault = f"the text there is {words[:80]!a}"
    return (None, fault) if fault else (mention, "")
