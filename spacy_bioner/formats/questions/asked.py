"""The documents that a format of questions can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...documents.document import Document, Question
from ...errors import BionerError
from ..problems import ProblemLog


def with_questions(
    documents: Iterable[Document], path: Path, report: ProblemLog | None
) -> Iterator[tuple[str, Document, Question]]:
    """Yield the documents that have a question, each with its id, or else its number, and the question.

    report: takes notes of documents without a question (B291), and of mentions and relations (B263): all are left out.
    Raises B283 if there are documents, and none has a question.
    """
    notes = report if report is not None else ProblemLog("skip", keep=0)
    number = found = 0
    for number, document in enumerate(documents, 1):
        name = document.id or str(number)
        lost = {"mentions": len(document.mentions), "relations": len(document.relations)}
        notes.left_out.update(lost)
        if document.question is None:
            notes.left_out["documents"] += 1
            notes.note("B291", path, id=name)
            continue
        found += 1
        notes.note_lost(path, name, lost)
        yield name, document, document.question
    if number and not found:
        raise BionerError("B283", path=path, documents=number)
