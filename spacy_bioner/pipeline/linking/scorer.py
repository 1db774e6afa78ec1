"""Scores of concepts: for correctly found mentions, and for documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spacy.training import Example

from ...documents.doc_mentions import SPANS_KEY
from ...documents.document import Mention
from ...documents.gold import get_gold
from ...scoring import ConceptMention, concept_scores
from ..scorer import scored_mentions

NAMES = ("concepts_p", "concepts_r", "concepts_f", "concepts_acc", "concepts_per_type")


def with_concepts(mentions: Iterable[Mention]) -> list[ConceptMention]:
    """Return mentions in the form that ``scoring.concept_scores`` expects."""
    return [((m.start, m.end, m.label, m.fragments), m.concepts) for m in mentions]


def link_scores(examples: Iterable[Example], *, spans_key: str = SPANS_KEY, **_: Any) -> dict[str, Any]:
    """Return ``scoring.concept_scores`` of predicted against reference Docs; each None if the gold has no concepts."""
    documents = []
    for example in examples:
        gold = get_gold(example.reference)
        if gold is not None:
            found = scored_mentions(example, spans_key)
            documents.append((with_concepts(gold.mentions), with_concepts(found)))
    return concept_scores(documents) or dict.fromkeys(NAMES)


def make_link_scorer() -> Callable[..., dict[str, Any]]:
    """Return ``link_scores``; registered as ``spacy-bioner.link_scorer.v1``."""
    return link_scores
