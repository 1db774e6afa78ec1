"""The factory ``bioner_relations`` and its defaults."""

# No `from __future__ import annotations`: spaCy checks the config against the types of the factory.

from collections.abc import Callable

from spacy.language import Language

from ...ml.pairs.pair import PairModel
from ..default_tok2vec import DEFAULT_TOK2VEC
from .component import RelationExtractor, TrainEntities

SCORE_WEIGHTS = {"relations_f": 1.0, "relations_p": 0.0, "relations_r": 0.0, "relations_per_type": None}

DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.PairTok2Vec.v1",
    "hidden": 128,
    "around": 5,
    "dropout": 0.2,
    "tok2vec": DEFAULT_TOK2VEC,
}


@Language.factory(
    "bioner_relations",
    requires=["doc.ents"],
    assigns=["doc.spans"],
    default_config={
        "model": DEFAULT_MODEL,
        "pairs": None,
        "max_sentences": 0,
        "directed": True,
        "train_entities": "gold",
        "threshold": None,
        "pairs_at_once": 512,
        "scorer": {"@scorers": "spacy-bioner.relation_scorer.v1"},
    },
    default_score_weights=SCORE_WEIGHTS,
)
def make_relations(
    nlp: Language,
    name: str,
    model: PairModel,
    pairs: list[str] | None,
    max_sentences: int | None,
    directed: bool,
    train_entities: TrainEntities,
    threshold: float | None,
    pairs_at_once: int,
    scorer: Callable | None,
) -> RelationExtractor:
    """Build the factory ``bioner_relations``; its default network uses spaCy's convolutions and is meant for a CPU."""
    return RelationExtractor(
        nlp.vocab,
        model,
        name,
        pairs=pairs,
        max_sentences=max_sentences,
        directed=directed,
        train_entities=train_entities,
        threshold=threshold,
        pairs_at_once=pairs_at_once,
        scorer=scorer,
    )
