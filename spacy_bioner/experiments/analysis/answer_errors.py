"""Answers of a system to the questions of documents, one by one, with their scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...answer_scores import exact_match, f1
from ...formats import Document
from ...pipeline.answers.scorer import has_gold, question_scores
from ..runs import Run

KINDS = ("exact", "partly right", "wrong", "no answer", "an answer where there is none")


class Answered(NamedTuple):
    """A question with its gold answers ("" stands for none) and the best answer found ("" for none).

    score: its probability. em, f1: those of SQuAD, from 0 to 1. place: the first character of a gold answer in the
    text, 0 if it is not there.
    """

    document: str
    text: str
    question: str
    gold: tuple[str, ...]
    found: str
    score: float | None
    em: float
    f1: float
    place: int

    @property
    def kind(self) -> str:
        """One of ``KINDS``."""
        if self.em == 1:
            return KINDS[0]
        if self.f1 > 0:
            return KINDS[1]
        if not self.found:
            return KINDS[3]
        return KINDS[4] if self.gold == ("",) else KINDS[2]


def answered(gold: Document, found: Document) -> Answered | None:
    """Return the answer to the question of a document; None if its gold is not known."""
    question = gold.question
    if question is None or not has_gold(question):
        return None
    best = found.question.answers[0] if found.question and found.question.answers else None
    accepted = tuple(dict.fromkeys(answer.text for answer in question.answers)) or ("",)
    text, score = (best.text, best.score) if best else ("", None)
    place = max(0, next((answer.start for answer in question.answers), 0))
    scores = exact_match(text, accepted), f1(text, accepted)
    return Answered(gold.id, gold.text, question.text, accepted, text, score, *scores, place)


def answers_of(run: Run) -> Iterator[Answered]:
    """Yield the answers of a run. Raises B831 and the errors of reading."""
    for gold, found in run.pairs():
        one = answered(gold, found)
        if one is not None:
            yield one


def answers_by_kind(answers: Iterable[Answered]) -> dict[str, int]:
    """Return kind -> number of answers."""
    counts = Counter(one.kind for one in answers)
    return {kind: counts[kind] for kind in KINDS}


def answer_row(one: Answered | None) -> tuple[float, float, float]:
    """Return the score of an answer in place of true positives, false positives and false negatives.

    F1 of the summed rows, 2 tp / (2 tp + fp + fn), is then the mean of the answers' F1, so that the tests of
    significance, which are of counts, serve for answers. A question without gold changes nothing.
    """
    return (0.0, 0.0, 0.0) if one is None else (one.f1, 1 - one.f1, 1 - one.f1)


def scores_of_documents(pairs: Iterable[tuple[Document, Document]]) -> dict[str, object]:
    """Return ``question_scores`` of pairs of gold and predicted documents."""
    return question_scores(
        (
            gold.question,
            gold.text,
            [(one.text, 1.0 if one.score is None else one.score) for one in found.question.answers]
            if found.question
            else [],
        )
        for gold, found in pairs
        if gold.question is not None
    )
