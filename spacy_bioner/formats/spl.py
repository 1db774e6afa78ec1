"""Drug labels from DailyMed: HL7's Structured Product Labeling, one XML file per label. Read only.

A document holds the titles and texts of all sections in order, one line per block (title, paragraph, list item, row of
a table). Its id is the id of the set of versions of the label; ``meta`` has the title, the version and, for each
section with a code, [start, end, name], where the name is the display name of its LOINC code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from ..documents.document import Document
from .problems import ProblemLog
from .xml_stream import read_elements

_NS = "{urn:hl7-org:v3}"
_BLOCKS = {f"{_NS}{name}" for name in ("paragraph", "item", "tr", "caption", "list", "table", "br", "text", "title")}
_CELLS = {f"{_NS}td", f"{_NS}th"}
_LEFT_OUT = {f"{_NS}renderMultiMedia", f"{_NS}observationMedia", f"{_NS}footnoteRef"}


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the label of a file as a document. Reports malformed or unsafe XML (B264); raises B101."""
    path = Path(path)
    for element in read_elements(path, f"{_NS}document", report):
        lines: list[str] = []
        sections: list[list[Any]] = []
        for section in element.iterfind(f"{_NS}component/{_NS}structuredBody/{_NS}component/{_NS}section"):
            _add_section(section, lines, sections)
        identity = element.find(f"{_NS}setId")
        version = element.find(f"{_NS}versionNumber")
        title = element.find(f"{_NS}title")
        meta = {
            "title": " ".join("".join(title.itertext()).split()) if title is not None else "",
            "version": version.get("value", "") if version is not None else "",
            "sections": sections,
        }
        name = identity.get("root", "") if identity is not None else ""
        yield Document("\n".join(lines), id=name or path.stem, meta={k: v for k, v in meta.items() if v})


def recognises(path: Path, head: str) -> bool:
    """Return whether text is a structured product label."""
    return "urn:hl7-org:v3" in head and re.search(r"<document\b", head) is not None


def _add_section(section: Element, lines: list[str], sections: list[list[Any]]) -> None:
    """Add the lines of a section and its subsections to ``lines``, and its place in the text to ``sections``."""
    start = sum(map(len, lines)) + len(lines)  # of the text in which a line break follows each line
    for tag in ("title", "text"):
        element = section.find(f"{_NS}{tag}")
        if element is not None:
            parts: list[str] = []
            _add_text(element, parts)
            lines += [line for raw in "".join(parts).split("\n") if (line := " ".join(raw.split()))]
    for inner in section.iterfind(f"{_NS}component/{_NS}section"):
        _add_section(inner, lines, sections)
    code = section.find(f"{_NS}code")
    name = code.get("displayName", "") if code is not None else ""
    # Without the line break after the last line.
    end = sum(map(len, lines)) + len(lines) - 1
    if name and end > start:
        sections.append([start, end, name])


def _add_text(element: Element, parts: list[str]) -> None:
    """Add the characters of an element, with line breaks around each block and a blank after each cell."""
    if element.tag in _LEFT_OUT:
        return
    around = "\n" if element.tag in _BLOCKS else ""
    parts += [around, _flat(element.text)]
    for child in element:
        _add_text(child, parts)
        parts.append(_flat(child.tail))
    parts.append(" " if element.tag in _CELLS else around)


def _flat(text: str | None) -> str:
    """Return text as one line: line breaks in the XML of a label have no meaning."""
    return re.sub(r"\s+", " ", text or "")
