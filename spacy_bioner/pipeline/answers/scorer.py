"""Scores of answers: SQuAD's over documents, BioASQ's over questions that are asked of several documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from spacy.training import Example

from ...answer_scores import GroupedQuestion, bioasq_scores, squad_scores
from ...documents.doc_questions import get_answers, get_question
from ...documents.document import Question
from ...formats.questions.locate import loose_places


def answer_scores(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Return ``question_scores`` of the predicted answers."""
    return question_scores(
        (question, example.reference.text, [(one.text, one.score) for one in get_answers(example.predicted)])
        for example in examples
        if (question := get_question(example.reference)) is not None
    )


def question_scores(asked: Iterable[tuple[Question, str, Sequence[tuple[str, float]]]]) -> dict[str, Any]:
    """Return ``squad_scores`` of the most probable answers and, if questions have groups, ``bioasq_scores``.

    asked: each question with its gold, the text, and the answers found with their probabilities, the best first.
    ``answers_without_gold``: the number of questions that have neither answers nor ``impossible``: they are not scored.
    """
    pairs: list[tuple[str, list[str]]] = []
    groups: dict[str, GroupedQuestion] = {}
    without = 0
    for question, text, found in asked:
        if not has_gold(question):
            without += 1
            continue
        gold = [answer.text for answer in question.answers]
        pairs.append((found[0][0] if found else "", gold))
        if question.group:
            group = groups.setdefault(question.group, GroupedQuestion(set(), False, []))
            group.gold.update(gold)
            group.reachable = group.reachable or any(loose_places(text, one) for one in gold)
            group.found += found
    scores = {**squad_scores(pairs), "answers_without_gold": without}
    return {**scores, **bioasq_scores(groups)} if groups else scores


def has_gold(question: Question | None) -> bool:
    """Return whether the answer to a question is known: some text, or that there is none."""
    return question is not None and bool(question.answers or question.impossible)


def make_answer_scorer() -> Callable[..., dict[str, Any]]:
    """Return ``answer_scores``; registered as ``spacy-bioner.answer_scorer.v1``."""
    return answer_scores
