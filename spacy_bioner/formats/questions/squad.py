"""SQuAD's JSON (Rajpurkar et al. 2016, 2018): each question of a paragraph is a document, whose text is the paragraph.

    {"version": "1.1", "data": [{"title": "Digoxin", "paragraphs": [{"context": "Digoxin was given.", "qas": [
        {"id": "q1", "question": "What was given?", "answers": [{"text": "Digoxin", "answer_start": 0}]}]}]}]}

``is_impossible`` (version 2): the paragraph has no answer. A question without ``answers`` was not annotated. Ids of the
form of BioASQ's converted files (24 hexadecimal digits, ``_``, a number) identify one question that is asked of several
paragraphs: ``Question.group``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from ...documents.document import NOWHERE, Answer, Document, Question, fault_of_question
from ...errors import BionerError
from ..json_stream import name_of, read_json
from ..problems import ProblemLog
from ..text_io import encoded, open_output
from .asked import with_questions
from .locate import places

_OPENING = re.compile(r'\s*\{\s*(?:"version"\s*:\s*"[^"]*"\s*,\s*)?"data"\s*:\s*\[')
_GROUPED = re.compile(r"([0-9a-f]{24})_\d+")
TITLE, PLAUSIBLE = "title", "plausible_answers"


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return one document per question, in the order of the file, read article by article (also .gz, .xz).

    An answer with a wrong offset is moved to its text if this occurs once in the paragraph, with a note (B289);
    otherwise it is reported (B290) and has no offset. Reports JSON of another form (B269, B288), questions without an
    id or with a repeated one (B288) and invalid questions (B288). Raises B101.
    """
    path = Path(path)
    seen: set[str] = set()
    for article in read_json(path, report, _OPENING):
        for paragraph in _list_of(article, "paragraphs", path, report):
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            if not isinstance(context, str):
                report.add("B288", path, id="''", fault="a paragraph has no context")
                continue
            for asked in _list_of(paragraph, "qas", path, report):
                name = name_of(asked.get("id")) if isinstance(asked, dict) else ""
                if not name or name in seen:
                    fault = "the id was used before" if name else "a question has no id"
                    report.add("B288", path, id=ascii(name or ""), fault=fault)
                    continue
                seen.add(name)
                question = _question(asked, name, context, path, report)
                if question is not None:
                    meta = {TITLE: article[TITLE]} if isinstance(article.get(TITLE), str) else {}
                    if isinstance(asked.get(PLAUSIBLE), list):
                        meta[PLAUSIBLE] = asked[PLAUSIBLE]
                    yield Document(context, id=name, meta=meta, question=question)


def recognises(path: Path, head: str) -> bool:
    """Return whether text is an object with paragraphs."""
    return head.lstrip()[:1] == "{" and '"paragraphs"' in head and '"data"' in head


def _list_of(value: Any, name: str, path: Path, report: ProblemLog) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, list):
        report.add("B288", path, id="''", fault=f'there is no list "{name}" where one is expected')
        return []
    return found


def _question(asked: dict[str, Any], name: str, context: str, path: Path, report: ProblemLog) -> Question | None:
    words, given = asked.get("question"), asked.get("answers", [])
    impossible = asked.get("is_impossible", False)
    fault = ""
    if not isinstance(words, str) or not isinstance(given, list) or not isinstance(impossible, bool):
        fault = "expected a string as question, a list as answers, true or false as is_impossible"
    answers = [] if fault else [_answer(answer, name, context, path, report) for answer in given]
    group = _GROUPED.fullmatch(name)
    question = Question(
        str(words), tuple(one for one in answers if one is not None), group[1] if group else "", bool(impossible)
    )
    fault = fault or fault_of_question(question, context)
    if fault:
        report.add("B288", path, id=ascii(name), fault=fault)
        return None
    return question


def _answer(answer: Any, name: str, context: str, path: Path, report: ProblemLog) -> Answer | None:
    text, start = (answer.get("text"), answer.get("answer_start")) if isinstance(answer, dict) else (None, None)
    if not isinstance(text, str) or not text or type(start) is not int:
        report.add("B288", path, id=ascii(name), fault="an answer has no text or no answer_start")
        return None
    score = answer.get("score")
    if type(score) not in (int, float) or not 0 <= score <= 1:
        score = None
    if start >= 0 and context.startswith(text, start):
        return Answer(text, start, score)
    found = places(context, text)
    values: dict[str, Any] = {"id": ascii(name), "answer": _shown(text), "start": start}
    # An offset is moved only where the text leaves no choice.
    if len(found) == 1:
        report.note("B289", path, moved=found[0], **values)
        return Answer(text, found[0], score)
    report.add("B290", path, occurs=len(found), **values)
    return Answer(text, score=score)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else f"{text[:60]}...")


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write the questions of documents (compressed if the name ends in .gz or .xz).

    Consecutive documents with the same title are one article, with the same text one paragraph. Predicted answers are
    written with their ``score``.
    report: gets notes of documents without a question, which are left out (B291), and of what the format cannot
    represent: answers that are not in the text, mentions and relations (B263).
    Raises B101, B127, B157 and B283.
    """
    path = Path(path)
    version = "1.1"
    # Articles are streamed. The version depends on all questions (is_impossible), so that it is written at the end; the
    # order of the keys has no meaning in JSON.
    with open_output(path) as file:
        opened = False
        for title, article in groupby(_named(documents, path, report), key=lambda pair: pair[0].meta.get(TITLE)):
            paragraphs: list[dict[str, Any]] = []
            for document, question in article:
                if question.impossible:
                    version = "v2.0"
                if not paragraphs or paragraphs[-1]["context"] != document.text:
                    paragraphs.append({"context": document.text, "qas": []})
                paragraphs[-1]["qas"].append(_record(document, question))
            record = {"paragraphs": paragraphs} if title is None else {TITLE: title, "paragraphs": paragraphs}
            try:
                line = json.dumps(record, ensure_ascii=False)
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=paragraphs[0]["qas"][0]["id"], reason=str(err)) from err
            file.write(encoded((",\n" if opened else '{"data": [\n') + line, path))
            opened = True
        file.write(encoded(("" if opened else '{"data": [') + f'\n], "version": "{version}"}}\n', path))


def _named(documents: Iterable[Document], path: Path, report: ProblemLog | None) -> Iterator[tuple[Document, Question]]:
    for name, document, question in with_questions(documents, path, report):
        unstated = sum(answer.start == NOWHERE for answer in question.answers)
        if report is not None:
            report.note_lost(path, name, {"answers that its text does not state": unstated})
        yield Document(document.text, id=name, meta=document.meta, question=question), question


def _record(document: Document, question: Question) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    for answer in question.answers:
        if answer.start != NOWHERE:
            record: dict[str, Any] = {"text": answer.text, "answer_start": answer.start}
            answers.append(record if answer.score is None else {**record, "score": answer.score})
    result: dict[str, Any] = {"id": document.id, "question": question.text, "answers": answers}
    if question.impossible:
        result["is_impossible"] = True
    if PLAUSIBLE in document.meta:
        result[PLAUSIBLE] = document.meta[PLAUSIBLE]
    return result
