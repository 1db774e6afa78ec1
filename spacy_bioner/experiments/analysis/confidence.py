"""Quality of the scores of entities and relations: precision-recall curve and calibration.

A scored entity (or relation) is ``(score, right)``: a probability, and whether it is in the gold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...pipeline.merging.calibration import Scored
from ..runs import Run
from .units import units_of

BINS = 10


@dataclass(frozen=True, slots=True)
class ScoredEntities:
    """The scored entities of runs. gold: number of gold mentions. unscored: number of entities without a score."""

    entities: list[Scored]
    gold: int
    unscored: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Entities with scores from ``low`` to ``high``: number, mean score, and share of correct ones."""

    low: float
    high: float
    count: int
    score: float
    right: float


def scored_entities(runs: Iterable[Run], part: str = "") -> ScoredEntities:
    """Return the pooled entities of runs; part: "" for test or "dev". Raises the errors of reading."""
    entities: list[Scored] = []
    gold = unscored = 0
    for run in runs:
        for truth, found in run.pairs(part):
            units = units_of(run, truth, found)
            right = set(units.gold)
            gold += len(right)
            for score, given in units.scored:
                if score is None:
                    unscored += 1
                else:
                    entities.append((float(score), not right.isdisjoint(given)))
    return ScoredEntities(entities, gold, unscored)


def precision_recall(entities: Sequence[Scored], gold: int) -> list[tuple[float, float, float]]:
    """Return (threshold, precision, recall) for each distinct score as the threshold, the highest first.

    gold: number of gold mentions. The curve ends below a recall of 1 if the system does not find all of them.
    """
    if not entities or not gold:
        return []
    ordered = sorted(entities, key=lambda entity: -entity[0])
    scores = np.asarray([score for score, _ in ordered])
    right = np.cumsum([hit for _, hit in ordered])
    # Entities with the same score are above or below a threshold together: one point for each run of equal scores.
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    return [(float(scores[i]), float(right[i] / (i + 1)), float(right[i] / gold)) for i in last]


def average_precision(points: Sequence[tuple[float, float, float]]) -> float:
    """Return the area under ``precision_recall`` by steps, sum of (R_n - R_n-1) P_n; unreached recall adds 0."""
    area = before = 0.0
    for _, precision, recall in points:
        area += (recall - before) * precision
        before = recall
    return area


def reliability(entities: Sequence[Scored], bins: int = BINS) -> list[Bin]:
    """Return the nonempty bins of equal width on [0, 1] (Guo et al. 2017, section 2); 1 is in the last."""
    edges = np.linspace(0, 1, bins + 1)
    scores = np.asarray([score for score, _ in entities])
    right = np.asarray([hit for _, hit in entities], dtype=float)
    places = np.clip((scores * bins).astype(int), 0, bins - 1)  # a score of 1 belongs to the last bin
    result = []
    for i in range(bins):
        chosen = places == i
        count = int(chosen.sum())
        if count:
            mean, share = float(scores[chosen].mean()), float(right[chosen].mean())
            result.append(Bin(float(edges[i]), float(edges[i + 1]), count, mean, share))
    return result


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean of |mean score - accuracy| over bins, weighted by size (Guo et al. 2017, equation 3)."""
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.right - b.score) for b in bins) / total if total else 0.0
