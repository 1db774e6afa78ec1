"""Significance of the difference between two systems.

Counts are arrays of shape (units, 3): true positives, false positives and false negatives of each independent unit, a
document or several (``independence``); row i of both systems is the same unit. Scores are micro-averaged F1, from 0 to
1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TRIALS = 10_000
CHUNK = 2**22
"""Random numbers drawn at once, which bounds the memory."""


def f1(counts: np.ndarray) -> np.ndarray:
    """Return F1 of counts, shape (..., 3) -> (...); 0 without predictions and gold."""
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    total = 2 * tp + fp + fn
    return np.divide(2 * tp, total, out=np.zeros(np.shape(total)), where=total > 0)


def approximate_randomisation(one: np.ndarray, other: np.ndarray, trials: int = TRIALS, seed: int = 0) -> float:
    """Return the two-sided p value of the difference in F1, by paired approximate randomisation over units.

    Under the null hypothesis the two systems are exchangeable. Each trial exchanges their outputs for every unit
    with probability 0.5; p is the share of trials, including the observed outcome, whose difference is at least as
    large: (r + 1) / (n + 1) (Noreen 1989; Yeh 2000). F1 is computed from summed counts, as it is not a mean over
    units. So a trial needs only the sum of the exchanged rows' differences, and a block of trials is one product:

        swaps (trials, units) @ (other - one) (units, 3) = moved (trials, 3)
        one's counts + moved, other's counts - moved
    """
    observed = abs(f1(one.sum(0)) - f1(other.sum(0)))
    change = (other - one).astype(float)
    at_least = 0
    for drawn in _chunks(trials, len(one)):
        swaps = _generator(seed, drawn.start).random((len(drawn), len(one))) < 0.5
        moved = swaps @ change
        difference = np.abs(f1(one.sum(0) + moved) - f1(other.sum(0) - moved))
        # The tolerance is needed because sums in another order differ in the last digits, and ties must count.
        at_least += int((difference >= observed - 1e-12).sum())
    return (at_least + 1) / (trials + 1)


def bootstrap(
    one: np.ndarray, other: np.ndarray | None = None, trials: int = TRIALS, seed: int = 0, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the bootstrap percentile interval of F1, or of the second's F1 minus the first's, over units.

    Both systems have the same resampled units in each trial (Efron & Tibshirani 1993, chapter 13).
    """
    from scipy.stats import bootstrap as scipy_bootstrap

    columns = [*one.T, *(() if other is None else other.T)]

    def statistic(*drawn: np.ndarray, axis: int = -1) -> np.ndarray:
        sums = np.stack([column.sum(axis) for column in drawn], axis=-1)
        return f1(sums) if other is None else f1(sums[..., 3:]) - f1(sums[..., :3])

    if len(one) < 2:  # nothing to resample
        value = float(statistic(*columns))
        return value, value
    interval = scipy_bootstrap(
        columns,
        statistic,
        n_resamples=trials,
        # scipy draws (batch, units) indices at once
        batch=max(1, CHUNK // len(one)),
        vectorized=True,
        paired=True,
        confidence_level=confidence,
        method="percentile",
        rng=seed,
    ).confidence_interval
    return float(interval.low), float(interval.high)


def paired_t(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the two-tailed p value of Student's paired t test over folds; None for fewer than two, or no spread."""
    from scipy.stats import ttest_rel

    # Equal differences have no variance, and t would be infinite.
    differences = {round(b - a, 12) for a, b in zip(one, other, strict=True)}
    if len(one) < 2 or len(differences) < 2:
        return None
    return float(ttest_rel(other, one).pvalue)


def _chunks(trials: int, units: int) -> list[range]:
    size = max(1, CHUNK // max(1, units))
    return [range(start, min(start + size, trials)) for start in range(0, trials, size)]


def _generator(seed: int, chunk: int) -> np.random.Generator:
    # A generator of its own for each chunk: a result depends on the seed, not on what was drawn before it.
    return np.random.default_rng([seed, chunk])
