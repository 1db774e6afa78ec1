"""BioASQ's JSON (Tsatsaronis et al. 2015): golden files are read, submissions are written.

    {"questions": [{"id": "5c65b7657c78d6947100000c", "type": "factoid", "body": "Which macro is for FunImageJ?",
      "exact_answer": [["Lisp", "Clojure"]], "snippets": [{"text": "It is a Lisp for ImageJ.", "document": "..."}]}]}

Each snippet of a question is a document; its id is the id of the question, ``_`` and the number of the snippet, as in
the files of BioBERT. All spellings of the exact answer are answers of the question. Each is searched in the snippet:
first as it is spelt, as whole words, of which the first occurrence counts; else with any case and white space, if that
occurs exactly once. So ``convert golden.json train.json --from bioasq --to squad`` makes training data of the snippets.

A document of a list question has that type in its metadata, ``question_type``. The answers of a submission are ordered
by ``rank_answers``: at most five to a factoid question, which are guesses at one answer, and at most ``LONGEST_LIST``
to a list question, which are one answer together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ...answer_scores import BEST, rank_answers
from ...documents.document import Answer, Document, Question, fault_of_question
from ...errors import BionerError
from ...text_tables import times
from ..json_stream import name_of, read_json
from ..problems import ProblemLog
from ..text_io import encoded, open_output
from . import squad
from .asked import with_questions
from .locate import loose_places, word_places

_OPENING = re.compile(r'\s*\{\s*(?:"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|null)\s*,\s*)*?"questions"\s*:\s*\[')
FACTOID = "factoid"
LIST = "list"
TYPES = (FACTOID, LIST)
TYPE = "question_type"
"""The field of a document's metadata that has the type of its question; without it the type is factoid."""
LONGEST_LIST = 100
"""Maximum number of answers to a list question in BioASQ."""


def read(
    path: Path | str, report: ProblemLog, *, questions: str = FACTOID, contexts: str | None = None
) -> Iterator[Document]:
    """Return a document for each context of each question.

    questions: question types: factoid, list, or both, separated by a comma.
    contexts: files in SQuAD's format, separated by commas, whose paragraphs replace the snippets: abstracts for each
        question, as in BioBERT's test files. Answers in these files are ignored.

    Notes questions of other types (B292), those without a context (B293) and answers that a context does not state
    (B294). Reports JSON of another form (B269) and questions that lack a required field or
    repeat an id (B288). Raises B295 for unknown types, B101.
    """
    path = Path(path)
    wanted = [one.strip() for one in questions.split(",")]
    if not set(wanted) <= set(TYPES):
        raise BionerError("B295", types=questions, known=", ".join(TYPES))
    given = None if contexts is None else _contexts(contexts, report)
    return _documents(path, report, wanted, given)


def _documents(
    path: Path, report: ProblemLog, types: list[str], given: dict[str, list[tuple[str, str]]] | None
) -> Iterator[Document]:
    seen: set[str] = set()
    for record in read_json(path, report, _OPENING):
        name = name_of(record.get("id")) if isinstance(record, dict) else ""
        if not name or name in seen:
            fault = "the id was used before" if name else "a question has no id"
            report.add("B288", path, id=ascii(name or ""), fault=fault)
            continue
        seen.add(name)
        if record.get("type") not in types:
            report.note("B292", path, id=ascii(name), type=ascii(record.get("type")), known=", ".join(TYPES))
            continue
        spellings = _spellings(record.get("exact_answer"))
        question = Question(str(record.get("body", "")), tuple(map(Answer, spellings)), name)
        fault = fault_of_question(question, "") or ("" if spellings else "it has no exact_answer")
        if fault:
            report.add("B288", path, id=ascii(name), fault=fault)
            continue
        found = _snippets(record, name) if given is None else given.get(name, [])
        if not found:
            report.note("B293", path, id=ascii(name))
        for place, text in found:
            answers = tuple(_located(spelling, text, place, path, report) for spelling in spellings)
            meta = {} if record["type"] == FACTOID else {TYPE: record["type"]}
            yield Document(text, id=place, question=Question(question.text, answers, name), meta=meta)


def recognises(path: Path, head: str) -> bool:
    """Return whether text is an object with questions."""
    return _OPENING.match(head) is not None


def _contexts(paths: str, report: ProblemLog) -> dict[str, list[tuple[str, str]]]:
    """Return the (id, text) of the paragraphs of SQuAD files, by question."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in paths.split(","):
        for document in squad.read(path.strip(), report):
            if document.question is not None and document.question.group:
                found.setdefault(document.question.group, []).append((document.id, document.text))
    return found


def _snippets(record: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Return the (id, text) of the non-empty snippets of a question, without repeated texts."""
    snippets = record.get("snippets")
    texts = [one.get("text") for one in snippets if isinstance(one, dict)] if isinstance(snippets, list) else []
    distinct = dict.fromkeys(text for text in texts if isinstance(text, str) and text.strip())
    return [(f"{name}_{number:03d}", text) for number, text in enumerate(distinct, 1)]


def _spellings(value: Any) -> list[str]:
    """Return the spellings of an exact answer: a string, a list of them, or a list of such lists."""
    values = value if isinstance(value, list) else [value]
    flat = [one for item in values for one in (item if isinstance(item, list) else [item])]
    return list(dict.fromkeys(one.strip() for one in flat if isinstance(one, str) and one.strip()))


def _located(spelling: str, text: str, name: str, path: Path, report: ProblemLog) -> Answer:
    exact = word_places(text, spelling)
    if exact:
        return Answer(spelling, exact[0][0])
    loose = loose_places(text, spelling)
    # With several occurrences the start would be a guess.
    if len(loose) == 1:
        start, end = loose[0]
        return Answer(text[start:end], start)
    reason = f"occurs {times(len(loose))} with another spelling" if loose else "is not in the text"
    shown = ascii(spelling if len(spelling) <= 60 else f"{spelling[:60]}...")
    report.note("B294", path, id=name, answer=shown, reason=reason)
    return Answer(spelling)


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write a submission: the questions in order, each with the best answers of all its documents.

    report: gets notes of documents without a question (B291), of questions without an answer (B296), and of what is not
        written (B263): mentions, relations, and answers to a list question that are too many or too long.
    Raises B101, B127 and B283.
    """
    path = Path(path)
    bodies: dict[str, tuple[str, str]] = {}
    found: dict[str, list[tuple[str, float]]] = {}
    for own, document, question in with_questions(documents, path, report):
        name = question.group or own
        bodies.setdefault(name, (question.text, LIST if document.meta.get(TYPE) == LIST else FACTOID))
        answers = [(one.text, 1.0 if one.score is None else one.score) for one in question.answers]
        found.setdefault(name, []).extend(answers)
    records = []
    for name, (body, kind) in bodies.items():
        ranked = [[text] for text, _ in rank_answers(found[name], LONGEST_LIST if kind == LIST else BEST)]
        if report is not None:
            if not ranked:
                report.note("B296", path, id=name)
            # Guesses at the answer of a factoid question compete for five places; those of a list are all meant.
            if kind == LIST:
                different = {text.strip().lower() for text, _ in found[name]} - {""}
                report.note_lost(path, name, {"answers of the list": len(different) - len(ranked)})
        # Each answer is a list of its own: BioASQ expects a list of spellings for each answer.
        records.append({"id": name, "type": kind, "body": body, "exact_answer": ranked, "ideal_answer": []})
    with open_output(path) as file:
        file.write(encoded(json.dumps({"questions": records}, indent=1, ensure_ascii=False) + "\n", path))
