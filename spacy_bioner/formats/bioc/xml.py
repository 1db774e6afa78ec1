"""BioC XML (Comeau et al. 2013, Database bat064): a collection of documents, read as a stream.

The module ``documents`` describes the parts of a document and their conversion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from ...documents.document import Document
from ...errors import BionerError
from ..problems import ProblemLog
from ..text_io import encoded, open_output
from ..xml_stream import read_elements
from .documents import COLLECTION, STORE, beside, from_document, note_lost, to_document

__all__ = ["beside", "read", "recognises", "write"]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n<collection>'
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even as character references."""


def _legal(text: str) -> str:
    """Return text as XML can hold it, with the same offsets."""
    # White space stays white space (a form feed between pages): programs compare texts, and the words of mentions,
    # without it.
    return _ILLEGAL.sub(lambda match: " " if match[0].isspace() else "\ufffd", text)


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the documents of a file (also .gz, .xz), as a stream.

    Reports malformed or unsafe XML (B264), malformed documents (B265), annotations that do not fit the text (B266) and
    relations to what is no annotation (B267), each left out, and damaged packed files (B116). Notes infons that another
    one of the same name replaces (B277).
    Raises B101.
    """
    path = Path(path)
    root: list[Element] = []
    for element in read_elements(path, "document", report, root=root):
        # The collection's own elements come before the first document, and are complete by now.
        collection = {**{name: root[0].findtext(name, "") for name in COLLECTION}, "infons": _infons(root[0])}
        record = _document(element)
        if repeated := _repeated(element):
            report.note("B277", path, id=record["id"], count=len(repeated), shown=ascii(repeated[0]))
        document = to_document(record, (path, 0), report, collection)
        if document is not None:
            yield document


def recognises(path: Path, head: str) -> bool:
    """Return whether text is a BioC collection."""
    return re.search(r"<collection\b", head) is not None


def _infons(element: Element) -> dict[str, str]:
    return {infon.get("key", ""): infon.text or "" for infon in element.findall("infon")}


def _repeated(document: Element) -> list[str]:
    """Return the names of the infons that ``_infons`` replaces by a later one."""
    names: list[str] = []
    for owner in document.iter():
        keys = [infon.get("key", "") for infon in owner.findall("infon")]
        if len(keys) > len(set(keys)):
            names += (Counter(keys) - Counter(set(keys))).elements()
    return names


def _document(element: Element) -> dict[str, Any]:
    passages = [
        {**_unit(passage), "sentences": [_unit(sentence) for sentence in passage.findall("sentence")]}
        for passage in element.findall("passage")
    ]
    return {
        "id": element.findtext("id", ""),
        "infons": _infons(element),
        "passages": passages or None,  # A document of BioC's second version may have a text instead.
        "annotations": _annotations(element),
        "relations": _relations(element),
    }


def _unit(element: Element) -> dict[str, Any]:
    """Return a passage or sentence; an empty text is "", a missing one None."""
    text = element.find("text")
    return {
        "offset": element.findtext("offset", ""),
        "infons": _infons(element),
        "text": None if text is None else text.text or "",
        "annotations": _annotations(element),
        "relations": _relations(element),
    }


def _annotations(element: Element) -> list[dict[str, Any]]:
    return [
        {
            "id": item.get("id", ""),
            "infons": _infons(item),
            "text": item.findtext("text"),
            "locations": [dict(location.attrib) for location in item.findall("location")],
        }
        for item in element.findall("annotation")
    ]


def _relations(element: Element) -> list[dict[str, Any]]:
    return [
        {
            "id": item.get("id", ""),
            "infons": _infons(item),
            "nodes": [dict(node.attrib) for node in item.findall("node")],
        }
        for item in element.findall("relation")
    ]


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents as one collection (packed if the name ends in .gz or .xz).

    The source, date, key and infons of the collection are those of the first document, if it was read from BioC.
    report: takes a note B268 for characters that XML cannot hold; white space is written as a blank, others as U+FFFD,
        which keeps offsets; a note B263 for attributes that infons cannot hold.
    Raises B101, B127 and B157.
    """
    # The head of the file comes before the documents but depends on the first: it is read ahead, and the rest streamed.
    path = Path(path)
    stream = iter(documents)
    first = next(stream, None)
    store = first.extra.get(STORE, {}).get("collection", {}) if first is not None else {}
    with open_output(path) as file:
        file.write(encoded(_HEAD, path))
        for name in COLLECTION:
            file.write(_bytes(_leaf(name, store.get(name, ""))))
        for key, value in store.get("infons", {}).items():
            file.write(_bytes(_leaf("infon", value, key=key)))
        for number, document in enumerate(chain([first] if first is not None else [], stream), 1):
            note_lost(document, number, path, report)
            content = _bytes(_element(from_document(document, number)))
            found = _ILLEGAL.findall(document.text)
            if found and report is not None:
                report.note("B268", path, id=document.id or str(number), count=len(found))
            encoded(document.text, path)  # for its error, which names the file and the character
            file.write(b"\n" + content)
        file.write(b"\n</collection>\n")


def _bytes(element: Element) -> bytes:
    try:
        # A reader of XML makes a line feed of a carriage return that stands in a text as itself (XML 1.0, 2.11).
        return tostring(element, encoding="utf-8", xml_declaration=False).replace(b"\r", b"&#13;")
    except UnicodeEncodeError as err:
        raise BionerError("B127", path="BioC XML", position=err.start, character=ascii(err.object[err.start])) from err


def _leaf(tag: str, text: str, parent: Element | None = None, **attributes: str) -> Element:
    values = {key: _legal(value) for key, value in attributes.items()}
    element = Element(tag, values) if parent is None else SubElement(parent, tag, values)
    element.text = _legal(text)
    return element


def _add_infons(element: Element, infons: dict[str, str]) -> None:
    for key, value in infons.items():
        _leaf("infon", value, element, key=key)


def _element(record: dict[str, Any]) -> Element:
    document = Element("document")
    _leaf("id", record["id"], document)
    _add_infons(document, record["infons"])
    for unit in record["passages"]:
        passage = SubElement(document, "passage")
        _add_infons(passage, unit["infons"])
        _leaf("offset", str(unit["offset"]), passage)
        _leaf("text", unit["text"], passage)
        for item in unit["annotations"]:
            annotation = _leaf("annotation", "", passage, id=item["id"])
            _add_infons(annotation, item["infons"])
            for location in item["locations"]:
                SubElement(annotation, "location", {key: str(value) for key, value in location.items()})
            _leaf("text", item["text"], annotation)
    for item in record["relations"]:
        relation = _leaf("relation", "", document, id=item["id"])
        _add_infons(relation, item["infons"])
        for node in item["nodes"]:
            _leaf("node", "", relation, **node)
    return document
