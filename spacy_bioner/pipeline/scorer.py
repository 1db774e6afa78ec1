"""The scorer of every component: exact spans by character offsets, the same in ``spacy train`` and ``spacy bioner``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spacy.tokens import Doc
from spacy.training import Example

from ..errors import BionerError
from ..formats.gold import get_gold, get_id, is_complete
from ..scoring import ScoredSpan, Scores, score, to_dict

NAMES = ("ents_p", "ents_r", "ents_f", "ents_per_type")


def entity_spans(doc: Doc) -> list[ScoredSpan]:
    """Return ``doc.ents`` as (start character, end character, label)."""
    return [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


def gold_spans(doc: Doc) -> list[ScoredSpan] | None:
    """Return all gold spans of a reference Doc, or None where it was never annotated."""
    gold = get_gold(doc)
    if gold is None:
        return None
    spans = dict.fromkeys((m.start, m.end, m.label, m.fragments) for m in gold.mentions)
    return [span if span[3] else span[:3] for span in spans]


def _predicted_spans(example: Example) -> list[ScoredSpan]:
    """Return the predicted spans, except those that touch reference tokens with a missing tag."""
    spans = entity_spans(example.predicted)
    reference = example.reference
    if is_complete(reference):
        return spans
    unknown = [(t.idx, t.idx + len(t)) for t in reference if not t.ent_iob]
    return [span for span in spans if not any(span[0] < end and start < span[1] for start, end in unknown)]


def score_examples(examples: Iterable[Example]) -> tuple[Scores, int]:
    """Score predicted against reference Docs; also count the gold spans that flat, aligned spans cannot represent.

    Documents are identified by id, or by "#" and their index; those without an annotated reference are skipped. Warns
    where gold and predicted spans have no label in common (B008).
    """
    unreachable = 0

    def documents() -> Iterator[tuple[str, list[ScoredSpan], list[ScoredSpan]]]:
        nonlocal unreachable
        for i, example in enumerate(examples):
            gold = gold_spans(example.reference)
            if gold is None:
                continue
            unreachable += len(set(gold) - set(entity_spans(example.reference)))
            yield get_id(example.reference) or f"#{i}", gold, _predicted_spans(example)

    scores = score(documents())
    gold, found = ({label for label, n in scores.per_type.items() if n.tp + getattr(n, key)} for key in ("fn", "fp"))
    if gold and found and not gold & found:
        warnings.warn(str(BionerError("B008", gold=_listed(gold), found=_listed(found))), stacklevel=2)
    return scores, unreachable


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(sorted(labels))


def exact_span_scores(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Return ``ents_p``, ``ents_r``, ``ents_f`` (0 to 1, micro), ``ents_per_type`` and their counts.

    ``ents_unreachable`` counts gold spans that no flat, token-aligned prediction can match; they are misses.
    Without annotated references the four are None, as in spaCy.
    """
    scores, unreachable = score_examples(examples)
    if not scores.comparisons:
        return dict.fromkeys(NAMES)
    return {**to_dict(scores), "ents_unreachable": unreachable}


def make_exact_span_scorer() -> Callable[..., dict[str, Any]]:
    """Return ``exact_span_scores``; registered as ``spacy-bioner.exact_span_scorer.v1``."""
    return exact_span_scores
