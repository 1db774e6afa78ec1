"""Scores of answers: SQuAD's over documents, BioASQ's over questions that are asked of several documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spacy.training import Example

from ...answer_scores import GroupedQuestion, bioasq_scores, squad_scores
from ...documents.doc_questions import get_answers, get_question
from ...formats.questions.locate import loose_places


def answer_scores(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Return ``squad_scores`` of the most probable answers and, if questions have groups, ``bioasq_scores``.

    A document whose question has no gold (neither answers nor ``impossible``) is not scored.
    """
    pairs: list[tuple[str, list[str]]] = []
    groups: dict[str, GroupedQuestion] = {}
    for example in examples:
        question = get_question(example.reference)
        if question is None or not (question.answers or question.impossible):
            continue
        found = get_answers(example.predicted)
        gold = [answer.text for answer in question.answers]
        pairs.append((found[0].text if found else "", gold))
        if question.group:
            group = groups.setdefault(question.group, GroupedQuestion(set(), False, []))
            text = example.reference.text
            group.gold.update(gold)
            group.reachable = group.reachable or any(loose_places(text, one) for one in gold)
            group.found += [(answer.text, answer.score) for answer in found]
    scores = squad_scores(pairs)
    return {**scores, **bioasq_scores(groups)} if groups else scores


def make_answer_scorer() -> Callable[..., dict[str, Any]]:
    """Return ``answer_scores``; registered as ``spacy-bioner.answer_scorer.v1``."""
    return answer_scores
