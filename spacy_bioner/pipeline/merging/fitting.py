"""Temperatures, weights and threshold of a merge by scores, fitted on development data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...spans import best_first
from .calibration import fit_temperature, temper

Scored = tuple[int, int, str, float]
"""Start, end, label, score."""
Gold = set[tuple[int, int, str]]

WEIGHTS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
THRESHOLDS = tuple(np.arange(0.1, 0.81, 0.025).round(3).tolist())


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted values, a temperature and a weight for each part, and their F1 (0 to 1) on the data of the fit."""

    temperatures: list[float]
    weights: list[float]
    threshold: float
    f1: float


class _Documents:
    """The spans that any part found, with the calibrated score of each part (0 if it lacks the span)."""

    def __init__(self, documents: Sequence[tuple[Gold, Sequence[Sequence[Scored]]]], temperatures: Sequence[float]):
        self.gold = sum(len(gold) for gold, _ in documents)
        self.rows: list[tuple[list[tuple[int, int, str]], np.ndarray, np.ndarray]] = []
        for gold, parts in documents:
            table: dict[tuple[int, int, str], list[float]] = {}
            for number, (part, temperature) in enumerate(zip(parts, temperatures, strict=True)):
                scores = temper(np.array([score for *_, score in part], dtype=float), temperature).tolist()
                for (start, end, label, _), score in zip(part, scores, strict=True):
                    row = table.setdefault((start, end, label), [0.0] * len(parts))
                    row[number] = max(row[number], score)
            if table:
                right = np.array([place in gold for place in table])
                self.rows.append((list(table), np.array(list(table.values())), right))

    def best(self, weights: Sequence[float]) -> tuple[float, float]:
        """Return the highest F1 over the thresholds, and its threshold."""
        right, found = np.zeros(len(THRESHOLDS)), np.zeros(len(THRESHOLDS))
        shares = np.array(weights) / sum(weights)
        for places, table, hits in self.rows:
            means = table @ shares
            # Best first without overlaps: a lower threshold only adds to what a higher one keeps.
            kept = best_first(places, means.tolist())
            # A span with its mean counts under the `number` thresholds that are at most this mean.
            at = np.searchsorted(THRESHOLDS, means[kept], side="right")
            for number, hit in zip(at.tolist(), hits[kept].tolist(), strict=True):
                found[:number] += 1
                right[:number] += hit
        # F1 = 2 TP / (found + gold)
        scores = 2 * right / np.maximum(found + self.gold, 1)
        best = int(scores.argmax())
        return float(scores[best]), THRESHOLDS[best]


def fit(documents: Sequence[tuple[Gold, Sequence[Sequence[Scored]]]], weights: Sequence[float] | None = None) -> Fitted:
    """Fit a temperature for each part by likelihood, then weights and threshold by F1.

    documents: the gold spans, and the spans of each part. weights: if given, they are kept; None searches them over
    ``WEIGHTS``, one part after the other, until no change of a single weight raises F1.
    """
    size = len(documents[0][1]) if documents else 0
    temperatures = []
    for number in range(size):
        scored = [
            (score, (start, end, label) in gold)
            for gold, parts in documents
            for start, end, label, score in parts[number]
        ]
        temperatures.append(fit_temperature(scored))
    tables = _Documents(documents, temperatures)
    chosen = list(weights or [1.0] * size)
    if not sum(chosen):
        return Fitted(temperatures, chosen, 0.5, 0.0)
    best, threshold = tables.best(chosen)
    changed = weights is None and size > 1
    while changed:
        changed = False
        for number in range(size):
            for weight in WEIGHTS:
                tried = [*chosen[:number], weight, *chosen[number + 1 :]]
                if tried == chosen or not sum(tried):
                    continue
                # Coordinate ascent: a handful of weights, of which only the ratios count, needs no finer search.
                score, at = tables.best(tried)
                # The margin exceeds rounding errors, so that of equal settings the first one stays.
                if score > best + 1e-9:
                    best, threshold, chosen, changed = score, at, tried, True
    return Fitted(temperatures, chosen, threshold, best)
