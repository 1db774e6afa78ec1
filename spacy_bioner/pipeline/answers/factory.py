"""The factory ``bioner_answers`` and its defaults."""

# No `from __future__ import annotations`: spaCy checks the config against the types of the factory.

from collections.abc import Callable

from spacy.language import Language

from ...ml.answers.answer_transformer import AnswerModel
from .component import AnswerFinder

SCORE_WEIGHTS: dict[str, float | None] = {"answers_f1": 1.0, "answers_em": 0.0}

DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.AnswerTransformer.v1",
    "name": "dmis-lab/biobert-base-cased-v1.1",
    "max_pieces": 384,
    "max_question": 64,
    "stride": 128,
    "mixed_precision": False,
    "precision": "float32",
    "max_batch_pieces": 4096,
    "frozen_layers": 0,
}


@Language.factory(
    "bioner_answers",
    assigns=["doc.spans"],
    default_config={
        "model": DEFAULT_MODEL,
        "question": None,
        "n_best": 20,
        "longest_answer": 30,
        "null_threshold": None,
        "windows_at_once": 64,
        "scorer": {"@scorers": "spacy-bioner.answer_scorer.v1"},
    },
    default_score_weights=SCORE_WEIGHTS,
)
def make_answers(
    nlp: Language,
    name: str,
    model: AnswerModel,
    question: str | None,
    n_best: int,
    longest_answer: int,
    null_threshold: float | None,
    windows_at_once: int,
    scorer: Callable | None,
) -> AnswerFinder:
    """Build the factory ``bioner_answers``, over a pretrained transformer as BioBERT has it."""
    return AnswerFinder(
        nlp.vocab,
        model,
        name,
        question=question,
        n_best=n_best,
        longest_answer=longest_answer,
        null_threshold=null_threshold,
        windows_at_once=windows_at_once,
        scorer=scorer,
    )
