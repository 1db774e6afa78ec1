"""What entity scores are worth: precision against recall, calibration, and a temperature that mends it.

A scored entity is ``(score, right)``: a probability, and whether its exact span is in the gold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..runs import Run
from .pairing import spans_of

Scored = tuple[float, bool]

BINS = 10
EDGE = 1e-6
"""Scores of 0 and 1 are taken for this far from it where their logarithm is needed."""


@dataclass(frozen=True, slots=True)
class ScoredEntities:
    """The entities of a run that have a score. gold: number of gold mentions. unscored: entities without a score."""

    entities: list[Scored]
    gold: int
    unscored: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Entities whose scores are from ``low`` to ``high``: how many, their mean score, and the share that is right."""

    low: float
    high: float
    count: int
    score: float
    right: float


def scored_entities(runs: Iterable[Run], part: str = "") -> ScoredEntities:
    """Return the entities of runs, pooled; part: "" for the test part or "dev". Raises what reading raises."""
    entities: list[Scored] = []
    gold = unscored = 0
    for run in runs:
        for truth, found in run.pairs(part):
            right = set(spans_of(truth))
            gold += len(right)
            for span, mention in zip(spans_of(found), found.mentions, strict=True):
                score = mention.score
                if score is None:
                    unscored += 1
                else:
                    entities.append((float(score), span in right))
    return ScoredEntities(entities, gold, unscored)


def precision_recall(entities: Sequence[Scored], gold: int) -> list[tuple[float, float, float]]:
    """Return (threshold, precision, recall) for each distinct score, the highest first: of the entities at or above it.

    gold: number of gold mentions. A system that proposes only its best entities never reaches a recall of 1.
    """
    if not entities or not gold:
        return []
    ordered = sorted(entities, key=lambda entity: -entity[0])
    scores = np.asarray([score for score, _ in ordered])
    right = np.cumsum([hit for _, hit in ordered])
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    return [(float(scores[i]), float(right[i] / (i + 1)), float(right[i] / gold)) for i in last]


def average_precision(points: Sequence[tuple[float, float, float]]) -> float:
    """Return the area under ``precision_recall`` by steps, sum of (R_n - R_n-1) P_n; recall not reached adds 0."""
    area = before = 0.0
    for _, precision, recall in points:
        area += (recall - before) * precision
        before = recall
    return area


def reliability(entities: Sequence[Scored], bins: int = BINS) -> list[Bin]:
    """Return the bins of equal width on [0, 1] that hold an entity (Guo et al. 2017, section 2); 1 is in the last."""
    edges = np.linspace(0, 1, bins + 1)
    scores = np.asarray([score for score, _ in entities])
    right = np.asarray([hit for _, hit in entities], dtype=float)
    places = np.clip((scores * bins).astype(int), 0, bins - 1)
    result = []
    for i in range(bins):
        chosen = places == i
        count = int(chosen.sum())
        if count:
            mean, share = float(scores[chosen].mean()), float(right[chosen].mean())
            result.append(Bin(float(edges[i]), float(edges[i + 1]), count, mean, share))
    return result


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance, over entities, of score and share that is right (Guo et al. 2017, equation 3)."""
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.right - b.score) for b in bins) / total if total else 0.0


def fit_temperature(entities: Sequence[Scored]) -> float:
    """Return the temperature under which scores are likeliest (Guo et al. 2017, section 4.2), from 0.05 to 20.

    Fit it on a development part. Above 1 the scores were too sure. Without both right and wrong entities it is 1.
    """
    from scipy.optimize import minimize_scalar

    right = np.asarray([hit for _, hit in entities], dtype=float)
    if not len(right) or right.min() == right.max():
        return 1.0
    logits = _logits(np.asarray([score for score, _ in entities]))

    def loss(log_temperature: float) -> float:
        # -log sigmoid(x) = log(1 + exp(-x)), for right entities x = z / T, for wrong ones -z / T
        signed = np.where(right == 1, logits, -logits) / np.exp(log_temperature)
        return float(np.logaddexp(0, -signed).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded").x))


def tempered(entities: Sequence[Scored], temperature: float) -> list[Scored]:
    """Return the entities with other scores, sigmoid(logit(score) / temperature); their order stays."""
    logits = _logits(np.asarray([score for score, _ in entities], dtype=float))
    scores = 1 / (1 + np.exp(-logits / temperature))
    return [(float(score), hit) for score, (_, hit) in zip(scores, entities, strict=True)]


def _logits(scores: np.ndarray) -> np.ndarray:
    scores = np.clip(scores, EDGE, 1 - EDGE)
    return np.log(scores) - np.log1p(-scores)
