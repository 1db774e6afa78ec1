"""Temperature scaling: calibrates the probabilities of a system by one number, fitted on development data.

A scored entity is ``(score, right)``: a probability, and whether it is in the gold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Scored = tuple[float, bool]

EDGE = 1e-6
"""Scores are clipped to this distance from 0 and 1 before their logarithm is taken."""


def fit_temperature(entities: Sequence[Scored]) -> float:
    """Return the temperature of maximum likelihood (Guo et al. 2017, section 4.2), from 0.05 to 20.

    Fit it on development data. Above 1: the scores are overconfident. It is 1 unless there are both correct and wrong
    entities.
    """
    from scipy.optimize import minimize_scalar

    right = np.asarray([hit for _, hit in entities], dtype=float)
    if not len(right) or right.min() == right.max():
        return 1.0
    logits = _logits(np.asarray([score for score, _ in entities]))

    # Searched on a logarithmic scale: 0.5 and 2 are equally far from 1, and the temperature stays positive.
    def loss(log_temperature: float) -> float:
        # -log sigmoid(x) = log(1 + exp(-x)), with x = z / T for correct entities and -z / T for wrong ones
        signed = np.where(right == 1, logits, -logits) / np.exp(log_temperature)
        return float(np.logaddexp(0, -signed).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded").x))


def tempered(entities: Sequence[Scored], temperature: float) -> list[Scored]:
    """Return the entities with scores sigmoid(logit(score) / temperature), in the same order."""
    scores = temper(np.asarray([score for score, _ in entities], dtype=float), temperature)
    return [(float(score), hit) for score, (_, hit) in zip(scores, entities, strict=True)]


def temper(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Return sigmoid(logit(score) / temperature) of each score."""
    return 1 / (1 + np.exp(-_logits(scores) / temperature))


def _logits(scores: np.ndarray) -> np.ndarray:
    scores = np.clip(scores, EDGE, 1 - EDGE)
    return np.log(scores) - np.log1p(-scores)
