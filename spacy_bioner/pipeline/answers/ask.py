"""Ask a pipeline a question about texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spacy.language import Language

from ...answer_scores import rank_answers
from ...documents.doc_questions import AnswerSpan, get_answers, set_question
from ...errors import BionerError
from .component import AnswerFinder


class Reply(NamedTuple):
    """An answer from one or more texts.

    score: the mean of its probabilities in all texts: 1.0 if each text gives it with certainty.
    context: the number of the text in which it is most probable. start, end: its characters there.
    """

    text: str
    score: float
    context: int
    start: int
    end: int


def ask(nlp: Language, question: str, contexts: str | Sequence[str], best: int = 5) -> list[Reply]:
    """Return the best answers to a question from some texts, the most probable first; an empty list if none has one.

    Answers that are equal in lower case count as one. Empty texts are skipped.
    Raises B636 for a pipeline without ``bioner_answers``, B286 for a question without a word.
    """
    if not any(isinstance(pipe, AnswerFinder) for _, pipe in nlp.pipeline):
        raise BionerError("B636", pipeline=", ".join(nlp.pipe_names) or "no component")
    texts = [contexts] if isinstance(contexts, str) else list(contexts)
    found: list[tuple[int, AnswerSpan]] = []
    numbers = [number for number, text in enumerate(texts) if text.strip()]
    docs = []
    for number in numbers:
        doc = nlp.make_doc(texts[number])
        set_question(doc, question)
        docs.append(doc)
    for number, doc in zip(numbers, nlp.pipe(docs), strict=True):
        found += [(number, answer) for answer in get_answers(doc)]
    return list(_replies(found, len(numbers), best))


def _replies(found: Sequence[tuple[int, AnswerSpan]], texts: int, best: int) -> Iterable[Reply]:
    # No limit of length here: BioASQ's 100 characters would drop long answers. The sum over the texts is divided by all
    # of them, so a text without an answer counts as probability 0.
    ranked = rank_answers([(answer.text, answer.score) for _, answer in found], best, longest=1 << 30)
    for text, total in ranked:
        number, answer = max(
            (pair for pair in found if pair[1].text.strip().lower() == text.lower()), key=lambda pair: pair[1].score
        )
        yield Reply(text, total / texts, number, answer.start, answer.end)
