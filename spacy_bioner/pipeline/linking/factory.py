"""The factory ``bioner_linker`` and its defaults."""

# No `from __future__ import annotations`: spaCy checks the config against the types of the factory.

from collections.abc import Callable

from spacy.language import Language

from ..set_entities import SPANS_KEY
from .component import EntityLinker
from .reranker import VectorReranker


@Language.factory(
    "bioner_linker",
    requires=["doc.ents"],
    assigns=["token.ent_kb_id"],
    default_config={
        "threshold": 0.65,
        "candidates": 5,
        "abbreviations": True,
        "fill": True,
        "rerank": None,
        "overwrite": True,
        "spans_key": SPANS_KEY,
        "scorer": {"@scorers": "spacy-bioner.link_scorer.v1"},
    },
    default_score_weights={"concepts_f": 1.0, "concepts_p": 0.0, "concepts_r": 0.0, "concepts_acc": 0.0},
)
def make_linker(
    nlp: Language,
    name: str,
    threshold: float,
    candidates: int,
    abbreviations: bool,
    fill: bool,
    rerank: VectorReranker | None,
    overwrite: bool,
    spans_key: str,
    scorer: Callable | None,
) -> EntityLinker:
    """Return a linker without names; its settings are those of ``EntityLinker``."""
    return EntityLinker(
        nlp.vocab,
        name,
        threshold=threshold,
        candidates=candidates,
        abbreviations=abbreviations,
        fill=fill,
        rerank=rerank,
        overwrite=overwrite,
        spans_key=spans_key,
        scorer=scorer,
    )
