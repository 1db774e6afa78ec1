"""A question as plain values, for JSON and for ``doc.user_data``.

    {"text": "What is given?", "answers": [{"text": "aspirin", "start": 0, "score": 0.9}], "group": "q1"}

``start`` is left out for an answer that is not in the text, ``score`` for gold answers, ``group`` and ``answers`` if
they are empty. ``"impossible": true`` means that the text is known to have no answer.
"""

from __future__ import annotations

from typing import Any

from .document import NOWHERE, Answer, Question, fault_of_question


def to_values(question: Question) -> dict[str, Any]:
    """Return a question as values that JSON and msgpack hold."""
    values: dict[str, Any] = {"text": question.text}
    if question.answers:
        values["answers"] = [_answer_values(answer) for answer in question.answers]
    if question.group:
        values["group"] = question.group
    if question.impossible:
        values["impossible"] = True
    return values


def _answer_values(answer: Answer) -> dict[str, Any]:
    values: dict[str, Any] = {"text": answer.text}
    if answer.start != NOWHERE:
        values["start"] = answer.start
    if answer.score is not None:
        values["score"] = answer.score
    return values


def from_values(values: Any, text: str) -> Question:
    """Return the question from the values of ``to_values``. Raises ValueError for any other values.

    text: the context of the question.
    """
    if not isinstance(values, dict):
        raise ValueError("a question is an object")
    words, group, impossible = values.get("text"), values.get("group", ""), values.get("impossible", False)
    answers = values.get("answers", [])
    if not isinstance(words, str) or not isinstance(group, str) or not isinstance(impossible, bool):
        raise ValueError("a question has strings as text and group, and true or false as impossible")
    if not isinstance(answers, list | tuple):
        raise ValueError("the answers of a question are a list")
    question = Question(words, tuple(map(_answer, answers)), group, impossible)
    fault = fault_of_question(question, text)
    if fault:
        raise ValueError(f"the question: {fault}")
    return question


def _answer(values: Any) -> Answer:
    if not isinstance(values, dict) or not isinstance(values.get("text"), str):
        raise ValueError("an answer is an object with a text")
    start, score = values.get("start", NOWHERE), values.get("score")
    if type(start) is not int or start < NOWHERE:
        raise ValueError("the start of an answer is a number of characters")
    if score is not None and (type(score) not in (int, float) or not 0 <= score <= 1):
        raise ValueError("the score of an answer is a probability")
    return Answer(values["text"], start, None if score is None else float(score))
