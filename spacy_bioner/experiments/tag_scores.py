"""The scores of seqeval over token tags, besides the exact-span scores.

In the strict mode of seqeval an entity is correct if tags (in the given scheme), type and boundaries are correct. Its
default mode follows the script conlleval: an I tag without B starts an entity. Both read only the tags: gold mentions
that a flat tag sequence cannot represent are missing from their counts, but are misses in the exact-span scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.tokens import Doc, Span
from spacy.training import Example

from ..documents.gold import entity_mentions, get_gold, spans_of
from ..errors import require
from ..pipeline.scorer import of_known_gold
from ..tags import encode
from ..text_tables import aligned, percent
from .tables import Metrics

ALL = "all"


def tag_scores(examples: Sequence[Example]) -> dict[str, dict[str, dict[str, float]]]:
    """Return ``scores_of_tags`` of the entities of Docs; a document is a sequence. Raises B900.

    Predictions are left out as in the exact-span scores: those of types that a document does not declare, and those at
    tokens of which the gold is unknown.
    """
    found = []
    for one in examples:
        scored = of_known_gold(entity_mentions(one.predicted.ents), one.reference)
        places = {(mention.start, mention.end) for mention in scored}
        found.append(_tags(one.predicted, [e for e in one.predicted.ents if (e.start_char, e.end_char) in places]))
    return scores_of_tags([_tags(one.reference, one.reference.ents) for one in examples], found)


def scores_of_tags(gold: list[list[str]], found: list[list[str]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return p, r and f (0 to 1) of BIO tag sequences, by mode ("strict", "conlleval") and type ("all" for all types).

    Tags without any entity, as of no documents, score 0. Raises B900 if seqeval is absent.
    """
    seqeval = require("seqeval.metrics", extra="seqeval")
    scheme = require("seqeval.scheme", extra="seqeval").IOB2
    if not any(tag != "O" for sequences in (gold, found) for tags in sequences for tag in tags):
        # seqeval fails on no sequences, and divides by zero where there are no entities.
        return {name: {ALL: dict.fromkeys("prf", 0.0)} for name in ("strict", "conlleval")}
    return {
        name: _scores(seqeval.classification_report(gold, found, output_dict=True, zero_division=0, **mode))
        for name, mode in (("strict", {"mode": "strict", "scheme": scheme}), ("conlleval", {}))
    }


def _tags(doc: Doc, entities: Iterable[Span]) -> list[str]:
    """Return the BIO tags of entities of a Doc; one without a label has none."""
    return encode([(ent.start, ent.end, ent.label_) for ent in entities if ent.label_], len(doc))


def _scores(report: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    named = {"micro avg": ALL, "macro avg": None, "weighted avg": None}
    return {
        named.get(name) or name: {"p": row["precision"], "r": row["recall"], "f": row["f1-score"]}
        for name, row in report.items()
        if named.get(name, name)
    }


def beyond_tags(examples: Sequence[Example]) -> int:
    """Count the gold mentions that flat tags cannot represent: discontinuous, nested, or parts of tokens."""
    pairs = [(get_gold(example.reference), example.reference.ents) for example in examples]
    return sum(len(spans_of(gold.mentions) - spans_of(entity_mentions(ents))) for gold, ents in pairs if gold)


def tags_table(metrics: Metrics, scores: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the exact-span scores and seqeval's side by side, by type and overall."""
    exact = {**(metrics.get("ents_per_type") or {}), ALL: {k: metrics.get(f"ents_{k}") for k in "prf"}}
    columns = {"exact": exact, "strict": scores["strict"], "conlleval": scores["conlleval"]}
    rows = [
        (label, *(percent(column.get(label, {}).get(k)) for column in columns.values() for k in "prf"))
        for label in exact
    ]
    return aligned(("type", *(f"{name} {k}" for name in columns for k in ("P", "R", "F1"))), rows)
