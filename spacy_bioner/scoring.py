"""Exact-span scores over plain values: true positives, misses and false positives.

A span is ``(start, end, label)`` with character offsets; a discontinuous one has its fragments as a fourth element, so
that it equals another only if all fragments agree, and overlaps another only if a fragment does. Every gold span
counts, also one that the tokens or a flat layer cannot represent: it stays in recall's denominator. Repeats of one span
in one document count once.

Schemes as in SemEval-2013 task 9.1: ``exact`` here is its *strict* (boundaries and label), ``boundary`` its *exact*
(boundaries, any label), ``partial`` its *partial* (any label; an overlap that is not exact counts one half).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .spans import overlaps

ScoredSpan = tuple[Any, ...]
ConceptMention = tuple[ScoredSpan, tuple[str, ...]]
"""A span, its label among its values, and the ids of its concepts, () for none."""


@dataclass(slots=True)
class Counts:
    """Numbers of true positives, false positives and false negatives; true positives may be halves."""

    tp: float = 0
    fp: float = 0
    fn: float = 0

    @property
    def precision(self) -> float:
        """The share of predicted spans that are correct; 0.0 without predictions."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """The share of gold spans that were predicted; 0.0 without gold spans."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0.0 without predictions and gold spans."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 0.0

    def __iadd__(self, other: Counts) -> Counts:
        self.tp += other.tp
        self.fp += other.fp
        self.fn += other.fn
        return self


@dataclass(frozen=True, slots=True)
class Comparison:
    """One document's spans: true positives, misses (gold only) and false positives (predicted only)."""

    document: Hashable
    true_positives: tuple[ScoredSpan, ...]
    misses: tuple[ScoredSpan, ...]
    false_alarms: tuple[ScoredSpan, ...]


@dataclass(slots=True)
class Scores:
    """Exact counts overall, by label and of discontinuous spans, boundary and partial counts, spans by document."""

    exact: Counts = field(default_factory=Counts)
    per_type: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    boundary: Counts = field(default_factory=Counts)
    partial: Counts = field(default_factory=Counts)
    discontinuous: Counts = field(default_factory=Counts)
    comparisons: list[Comparison] = field(default_factory=list)


def compare(gold: Iterable[ScoredSpan], predicted: Iterable[ScoredSpan], document: Hashable = "") -> Comparison:
    """Sort the spans of one document into true positives, misses and false positives, each in text order."""
    gold_set, predicted_set = set(gold), set(predicted)
    return Comparison(
        document,
        tuple(sorted(gold_set & predicted_set)),
        tuple(sorted(gold_set - predicted_set)),
        tuple(sorted(predicted_set - gold_set)),
    )


def score(documents: Iterable[tuple[Hashable, Sequence[ScoredSpan], Sequence[ScoredSpan]]]) -> Scores:
    """Score (document id, gold spans, predicted spans) triples by exact span and label."""
    scores = Scores()
    for document, gold, predicted in documents:
        result = compare(gold, predicted, document)
        scores.comparisons.append(result)
        for span in result.true_positives:
            scores.per_type[span[2]].tp += 1
        for span in result.misses:
            scores.per_type[span[2]].fn += 1
        for span in result.false_alarms:
            scores.per_type[span[2]].fp += 1
        scores.discontinuous += Counts(*(sum(len(span) > 3 for span in spans) for spans in _outcomes(result)))
        scores.boundary += _boundary(gold, predicted)
        scores.partial += _partial(gold, predicted)
    for counts in scores.per_type.values():
        scores.exact += counts
    return scores


def _outcomes(result: Comparison) -> tuple[tuple[ScoredSpan, ...], ...]:
    return result.true_positives, result.false_alarms, result.misses


def _without_label(spans: Iterable[ScoredSpan]) -> set[ScoredSpan]:
    return {(*span[:2], *span[3:]) for span in spans}


def _boundary(gold: Iterable[ScoredSpan], predicted: Iterable[ScoredSpan]) -> Counts:
    gold_set, predicted_set = _without_label(gold), _without_label(predicted)
    found = len(gold_set & predicted_set)
    return Counts(found, len(predicted_set) - found, len(gold_set) - found)


def _partial(gold: Iterable[ScoredSpan], predicted: Iterable[ScoredSpan]) -> Counts:
    gold_set, predicted_set = _without_label(gold), _without_label(predicted)
    exact = gold_set & predicted_set
    gold_left = sorted(gold_set - exact)
    predicted_left = sorted(predicted_set - exact)
    # Each span is credited once: the overlapping spans that are left are paired one to one, from the left.
    #
    #   gold        [0      8)        [12   18)        [0 8) pairs with [2 5), which it overlaps first;
    #   predicted     [2 5) [6 9) [10    14)           [6 9) has no partner left; [12 18) pairs with [10 14)
    halves = 0
    for span in predicted_left:
        while gold_left and gold_left[0][1] <= span[0]:
            del gold_left[0]  # ends before this span, and so before all that follow
        for j, other in enumerate(gold_left):
            if other[0] >= span[1]:
                break
            if share(span, other):
                halves += 1
                del gold_left[j]
                break
    tp = len(exact) + halves / 2
    return Counts(tp, len(predicted_set) - tp, len(gold_set) - tp)


def share(one: ScoredSpan, other: ScoredSpan) -> bool:
    """Return whether two spans without labels share a character: of discontinuous ones, a fragment each."""
    if len(one) == len(other) == 2:
        return overlaps(one, other)
    parts, others = (span[2] if span[2:] else (span,) for span in (one, other))
    return any(overlaps(a, b) for a in parts for b in others)


def error_reduction(base: float | None, better: float | None) -> float | None:
    """Return the error reduction of one F1 over another, up to 1: (F - F_base) / (1 - F_base).

    Giorgi & Bader 2018, section 2.5, in percent: (F_tl - F_baseline) / (100 - F_baseline). None without a score, or
    without an error to reduce.
    """
    return None if base is None or better is None or base == 1 else (better - base) / (1 - base)


def to_dict(scores: Scores) -> dict[str, Any]:
    """Return the scores under spaCy's names, as fractions from 0 to 1, with the counts behind them."""
    several = scores.discontinuous
    return {
        "ents_p": scores.exact.precision,
        "ents_r": scores.exact.recall,
        "ents_f": scores.exact.f1,
        "ents_per_type": {label: _figures(scores.per_type[label]) for label in sorted(scores.per_type)},
        "ents_counts": {"tp": scores.exact.tp, "fp": scores.exact.fp, "fn": scores.exact.fn},
        "ents_boundary": _figures(scores.boundary),
        "ents_partial": _figures(scores.partial),
        **({"ents_discontinuous": _figures(several)} if several.tp + several.fp + several.fn else {}),
    }


def without_entities(metrics: Mapping[str, Any]) -> bool:
    """Return whether the figures of entities in metrics state nothing of the pipeline.

    It was given the gold ones, or relations or questions were scored on data without any entity.
    """
    counts = metrics.get("ents_counts")
    others = metrics.get("relations_f") is not None or metrics.get("answers_f1") is not None
    return bool(metrics.get("gold_entities")) or (others and counts is not None and not any(counts.values()))


def _figures(counts: Counts) -> dict[str, float]:
    return {
        "p": counts.precision,
        "r": counts.recall,
        "f": counts.f1,
        "tp": counts.tp,
        "fp": counts.fp,
        "fn": counts.fn,
    }


def concept_scores(
    documents: Iterable[tuple[Iterable[ConceptMention], Iterable[ConceptMention]]],
) -> dict[str, Any]:
    """Score the concepts of (gold mentions, predicted mentions) of each document; {} where the gold has none.

    ``concepts_p``, ``concepts_r``, ``concepts_f``: over the distinct (document, label, concept), wherever the document
    mentions it, each id of a composite one by itself; ``concepts_per_type`` and ``concepts_counts`` belong to these.
    ``concepts_acc``: of the gold mentions with a concept that were found with span and label, the share that were given
    exactly its ids. ``concepts_mentions``: the number of these (``matched``), of those that were given no id (``nil``),
    of found mentions without a concept in the gold (``gold_nil``), and of those rightly given none (``right_nil``).
    """
    per_type: dict[str, Counts] = defaultdict(Counts)
    right = 0
    mentions = dict.fromkeys(("matched", "nil", "gold_nil", "right_nil"), 0)
    for gold, found in documents:
        expected, given = dict(gold), dict(found)
        for span in expected.keys() & given.keys():
            wanted, ids = set(expected[span]), set(given[span])
            mentions["matched" if wanted else "gold_nil"] += 1
            mentions["nil" if wanted else "right_nil"] += not ids
            right += bool(wanted) and wanted == ids
        wanted_units, units = ({(span[2], i) for span, ids in some.items() for i in ids} for some in (expected, given))
        for label, concept in wanted_units | units:
            both = (label, concept) in wanted_units, (label, concept) in units
            per_type[label] += Counts(both == (True, True), both == (False, True), both == (True, False))
    total = Counts()
    for counts in per_type.values():
        total += counts
    if not total.tp + total.fn:
        return {}
    return {
        "concepts_p": total.precision,
        "concepts_r": total.recall,
        "concepts_f": total.f1,
        "concepts_acc": right / mentions["matched"] if mentions["matched"] else 0.0,
        "concepts_per_type": {label: _figures(per_type[label]) for label in sorted(per_type)},
        "concepts_counts": {"tp": total.tp, "fp": total.fp, "fn": total.fn},
        "concepts_mentions": mentions,
    }
