"""The scorer of every component: exact spans by character offsets, the same in ``spacy train`` and ``spacy bioner``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from spacy.tokens import Doc
from spacy.training import Example

from ..documents.declared_types import declared_types
from ..documents.doc_mentions import SPANS_KEY, predicted_mentions
from ..documents.doc_tokens import count_inside_tokens
from ..documents.document import Mention
from ..documents.gold import get_gold, get_id, is_complete
from ..errors import BionerError
from ..scoring import ScoredSpan, Scores, score, to_dict
from ..spans import Covered

NAMES = ("ents_p", "ents_r", "ents_f", "ents_per_type")


def gold_spans(doc: Doc) -> list[ScoredSpan] | None:
    """Return all gold spans of a reference Doc, or None if it was never annotated."""
    gold = get_gold(doc)
    if gold is None:
        return None
    return _spans(gold.mentions)


def _spans(mentions: Iterable[Mention]) -> list[ScoredSpan]:
    distinct = dict.fromkeys((m.start, m.end, m.label, m.fragments) for m in mentions)
    return [span if span[3] else span[:3] for span in distinct]


def scored_mentions(example: Example, spans_key: str = SPANS_KEY) -> list[Mention]:
    """Return the predicted mentions that every score is of: see ``of_known_gold``."""
    return of_known_gold(predicted_mentions(example.predicted, spans_key), example.reference)


def of_known_gold(mentions: list[Mention], reference: Doc) -> list[Mention]:
    """Return predicted mentions except those for which the gold is unknown.

    These touch reference tokens with a missing tag, or have a label that is not among the types of the reference.
    """
    types = declared_types(reference)
    if types is not None:
        mentions = [mention for mention in mentions if mention.label in types]
    if not is_complete(reference):
        # Where the gold is unknown, a prediction is neither right nor wrong.
        unknown = Covered((t.idx, t.idx + len(t)) for t in reference if not t.ent_iob)
        mentions = [mention for mention in mentions if not any(map(unknown.shares, mention.parts))]
    return mentions


def _unreachable(doc: Doc, gold: Iterable[ScoredSpan]) -> int:
    """Count the gold spans with a boundary inside a token: no setting can predict them."""
    return count_inside_tokens(doc, (span[3] if span[3:] else (span[:2],) for span in gold))


def score_examples(examples: Iterable[Example], spans_key: str = SPANS_KEY) -> tuple[Scores, int]:
    """Score predicted against reference Docs; also count the gold spans that whole tokens cannot represent.

    The predicted spans are those of ``doc_mentions.mentions``: entities, discontinuous and overlapping mentions.

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
            unreachable += _unreachable(example.reference, gold)
            yield get_id(example.reference) or f"#{i}", gold, _spans(scored_mentions(example, spans_key))

    scores = score(documents())
    gold, found = ({label for label, n in scores.per_type.items() if n.tp + getattr(n, key)} for key in ("fn", "fp"))
    if gold and found and not gold & found:
        warnings.warn(str(BionerError("B008", gold=_listed(gold), found=_listed(found))), stacklevel=2)
    return scores, unreachable


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(sorted(labels))


def exact_span_scores(examples: Iterable[Example], *, spans_key: str = SPANS_KEY, **_: Any) -> dict[str, Any]:
    """Return ``ents_p``, ``ents_r``, ``ents_f`` (0 to 1, micro), ``ents_per_type`` and their counts.

    ``ents_unreachable`` counts gold spans that no prediction of whole tokens can match; they are misses.
    Without annotated references the four are None, as in spaCy.
    """
    scores, unreachable = score_examples(examples, spans_key)
    if not scores.comparisons:
        return dict.fromkeys(NAMES)
    return {**to_dict(scores), "ents_unreachable": unreachable}


def make_exact_span_scorer(spans_key: str | None = None) -> Callable[..., dict[str, Any]]:
    """Return ``exact_span_scores``; registered as ``spacy-bioner.exact_span_scorer.v1``.

    spans_key: the span group with the predicted discontinuous and overlapping mentions; None for that of the component.
    """
    return exact_span_scores if spans_key is None else partial(_scores_of_group, spans_key)


def _scores_of_group(group: str, examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    return exact_span_scores(examples, spans_key=group)
