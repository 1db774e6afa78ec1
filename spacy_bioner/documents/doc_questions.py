"""The question of a Doc and its predicted answers. Both survive bytes, DocBin, pickle, copy and ``n_process``.

    doc.user_data["bioner_question"]   the question with its gold answers, as plain values (``question_values``)
    doc.spans["bioner_answers"]        the predicted answers, the most probable first, extended to whole tokens
        .attrs["scores"]               the probability of each
        .attrs["characters"]           their exact start and end: an answer may be part of a token ("10" of "10-day")
        .attrs["no_answer"]            the probability that the text has no answer, if the model gives one

Only this module reads and writes these. ``doc._.question`` and ``doc._.answers`` are views of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from spacy.tokens import Doc, Span, SpanGroup

from ..errors import BionerError
from .document import Answer, Question, fault_of_question
from .question_values import from_values, to_values

QUESTION = "bioner_question"
ANSWERS_KEY = "bioner_answers"
SCORES, CHARACTERS, NO_ANSWER = "scores", "characters", "no_answer"


class AnswerSpan(NamedTuple):
    """A predicted answer: text, characters (first, one past the last), probability, the tokens that contain it."""

    text: str
    start: int
    end: int
    score: float
    span: Span


def set_question(doc: Doc, question: Question | str) -> None:
    """Set or replace the question of a Doc. Raises B286 for a question without words or with wrong offsets."""
    question = Question(question) if isinstance(question, str) else question
    fault = fault_of_question(question, doc.text)
    if fault:
        raise BionerError("B286", question=ascii(question.text), fault=fault)
    doc.user_data[QUESTION] = to_values(question)


def get_question(doc: Doc) -> Question | None:
    """Return the question of a Doc with its gold answers; None if it has none. Raises B170 for invalid values."""
    if QUESTION not in doc.user_data:
        return None
    try:
        return from_values(doc.user_data[QUESTION], doc.text)
    except ValueError as err:
        name = doc.user_data.get("bioner_id", "")
        raise BionerError("B170", id=name, key=QUESTION, reason=str(err)) from err


def question_text(doc: Doc) -> str:
    """Return the text of a Doc's question, "" if it has none, without reading the answers. Raises B170."""
    values = doc.user_data.get(QUESTION)
    if isinstance(values, dict) and isinstance(values.get("text"), str):
        return values["text"]
    question = get_question(doc)
    return question.text if question else ""


def copy_question(source: Doc, target: Doc) -> None:
    """Copy the question of a Doc, without answers, to another Doc of the same text."""
    question = get_question(source)
    if question is not None:
        set_question(target, replace(question, answers=(), impossible=False))


def set_answers(doc: Doc, answers: Iterable[Answer], no_answer: float | None = None) -> None:
    """Set or replace the predicted answers of a Doc, each with its score."""
    # A Span consists of whole tokens; the exact characters are in `attrs`.
    found = [(answer, doc.char_span(answer.start, answer.end, alignment_mode="expand")) for answer in answers]
    held = [(answer, span) for answer, span in found if span is not None]
    attrs: dict[str, object] = {
        SCORES: [float(answer.score or 0.0) for answer, _ in held],
        CHARACTERS: [[answer.start, answer.end] for answer, _ in held],
    }
    if no_answer is not None:
        attrs[NO_ANSWER] = float(no_answer)
    doc.spans[ANSWERS_KEY] = SpanGroup(doc, name=ANSWERS_KEY, spans=[span for _, span in held], attrs=attrs)


def get_answers(doc: Doc) -> list[AnswerSpan]:
    """Return the predicted answers of a Doc, the most probable first. Raises B287 for a group without offsets."""
    group = doc.spans.get(ANSWERS_KEY)
    if group is None or not len(group):
        return []
    attrs = group.attrs if isinstance(group, SpanGroup) else {}
    places, scores = attrs.get(CHARACTERS, ()), attrs.get(SCORES, ())
    if not len(group) == len(places) == len(scores):
        raise BionerError("B287", key=ANSWERS_KEY, spans=len(group), places=len(places), scores=len(scores))
    text = doc.text
    return [
        AnswerSpan(text[start:end], start, end, score, span)
        for span, (start, end), score in zip(group, places, scores, strict=True)
    ]


def found_question(doc: Doc) -> Question | None:
    """Return the question of a Doc with predicted answers instead of gold ones; None if it has none."""
    question = get_question(doc)
    if question is None:
        return None
    answers = tuple(Answer(found.text, found.start, found.score) for found in get_answers(doc))
    return replace(question, answers=answers, impossible=not answers and ANSWERS_KEY in doc.spans)


def register_extensions() -> None:
    """Register ``doc._.question`` and ``doc._.answers``, unless extensions of these names exist."""
    if not Doc.has_extension("question"):
        Doc.set_extension("question", getter=get_question, setter=set_question)
    if not Doc.has_extension("answers"):
        Doc.set_extension("answers", getter=get_answers)
