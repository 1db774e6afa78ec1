"""Writes Documents as brat standoff: a folder, an archive or one pair of files."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ...documents.document import Document
from ...errors import BionerError
from ..problems import ProblemLog
from .archives import is_archive
from .files import TEXT, hidden_name, is_pair, open_sink, safe_name
from .lines import NO_ONTOLOGY
from .rendering import STORE, render
from .settings import Labels

LONGEST = 255
"""Bytes of the name of a file, under all common file systems."""


def write(
    documents: Iterable[Document],
    path: Path | str,
    report: ProblemLog | None = None,
    *,
    overwrite: bool = False,
    settings: bool = False,
    labels: Iterable[str] = (),
    relations: Mapping[str, Iterable[tuple[str, str]]] | None = None,
    ontology: str = NO_ONTOLOGY,
) -> None:
    """Write documents as a folder, an archive, or one ``.txt``/``.ann`` pair, depending on the suffix of ``path``.

    Ids become paths in the folder or archive; a document without one is named by its number, from 00000001.
    report: takes a note B122 for each line dropped because it referred to a deleted mention (without a report, a
    warning gives their number), B263 for relations of concepts, B760 for attributes that no line can hold, and B181 for
    new lines that brat itself refuses: relations with other than two arguments, or with one role twice, concepts with
    white space, mentions that start or end with a line end. They are written, and can be read here.
    overwrite: whether a folder that holds brat files, or a pair, is replaced as a whole. Archives always are.
    settings: also write ``annotation.conf`` and ``visual.conf`` with the labels, so that brat can open the folder.
    labels: further labels of entities for these settings: brat offers no others to who corrects the documents.
    relations: further relation types for them, each with the types of its two mentions, ``*`` for any.
    ontology: name put before concept ids that have none, ``D003`` to ``MESH:D003``, as N lines require. The default,
    ``ID``, means that there is none: the reader takes it away again.

    The output gets its name when it is complete: see ``whole_folder``.

    Raises B101 (cannot be written), B175 (a folder that holds files, or an existing pair, without ``overwrite``), B178
    (a folder that holds other files), B123 (a mention does not fit), B125 (an id that is not a file name), B126 (an id
    used twice), B127 (text that UTF-8 cannot hold), B128 (a pair for a number of documents other than one).
    """
    path = Path(path)
    notes = report if report is not None else ProblemLog("skip", keep=0)
    single = _is_single(path)
    number = 0
    used = Labels()
    with open_sink(path, overwrite) as put:
        for number, document in enumerate(checked(documents, path), 1):
            name = _name(document, number)
            used.add(document)
            unheld = sum(relation.of_concepts for relation in document.relations)
            notes.note_lost(path, name, {"relations of concepts": unheld})
            notes.left_out["relations"] += unheld
            document = _with_ontology(document, ontology)
            place = str(path.with_suffix("") if single else path / name)
            files = {TEXT: document.text, **render(document, document.extra.get(STORE, {}), place, notes)}
            for suffix, content in files.items():
                put(name, suffix, _encoded(content, place + suffix))
        if single and not number:
            raise BionerError("B128", path=path, count="no document")
        used.declare(labels, relations or {})
        for name, content in used.files().items() if settings and not single else ():
            stem, dot, kind = name.partition(".")
            put(stem, dot + kind, _encoded(content, name))
    if report is None and notes.counts["B122"]:
        dropped = notes.counts["B122"]
        warnings.warn(f"[B122] {path}: {dropped} lines referred to removed mentions and were dropped", stacklevel=2)


def checked(documents: Iterable[Document], path: Path) -> Iterator[Document]:
    """Yield documents. Raises B125, B126 and B128 for the ids and the number that ``write`` refuses."""
    seen: set[str] = set()
    for number, document in enumerate(documents, 1):
        name = _name(document, number)
        if _is_single(path):
            if seen:
                raise BionerError("B128", path=path, count="more than one document")
        elif not safe_name(name) or hidden_name(name) or (not is_archive(path) and _is_long(name)):
            raise BionerError("B125", id=ascii(name))
        if name in seen:
            raise BionerError("B126", id=name)
        seen.add(name)
        yield document


def _is_long(name: str) -> bool:
    """Return whether file systems refuse a part of a name, with the suffix of its file, for its length."""
    return any(len(part.encode("utf-8")) + len(TEXT) > LONGEST for part in name.split("/"))


def _name(document: Document, number: int) -> str:
    """Return the name of a document in the folder or archive; number: its own, from 1."""
    return document.id or f"{number:08d}"


def _is_single(path: Path) -> bool:
    """Return whether a path names the files of one document."""
    return is_pair(path) and not is_archive(path)


def _with_ontology(document: Document, ontology: str) -> Document:
    """Return the document with ``ontology:`` put before each concept id that names no ontology."""
    if ontology in ("", NO_ONTOLOGY) or all(
        ":" in concept for mention in document.mentions for concept in mention.concepts
    ):
        return document
    mentions = [
        replace(m, concepts=tuple(c if ":" in c else f"{ontology}:{c}" for c in m.concepts)) for m in document.mentions
    ]
    return replace(document, mentions=mentions)


def _encoded(content: str, path: str) -> bytes:
    try:
        return content.encode("utf-8")
    except UnicodeEncodeError as err:
        raise BionerError("B127", path=path, position=err.start, character=ascii(content[err.start])) from err
