"""The difference between two systems on the same documents, and its significance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...scoring import error_reduction
from ..folds import over_folds
from .pairing import Paired
from .significance import approximate_randomisation, bootstrap, f1, paired_t


def pair_figures(paired: Paired, one: str, other: str, trials: int, seed: int) -> dict[str, Any]:
    """Compare two systems and return plain values, from the worse to the better; scores are fractions."""
    figures = difference({one: paired.counts(one), other: paired.counts(other)}, trials, seed)
    # One value for each fold, the mean over its seeds, or for each run without folds: both systems have the same keys.
    values = [over_folds(paired.runs[system].values(), lambda run: run.scores["f"]) for system in figures["systems"]]
    return {**figures, "p_t_test": paired_t(*values), "independent": paired.independent.to_dict()}


def difference(counts: Mapping[str, np.ndarray], trials: int, seed: int) -> dict[str, Any]:
    """Return the difference of two systems, from the worse to the better, tested over independent units.

    counts: name of each of the two systems -> counts, as in ``significance``.
    """
    one, other = sorted(counts, key=lambda name: float(f1(counts[name].sum(0))))
    a, b = counts[one], counts[other]
    base, better = float(f1(a.sum(0))), float(f1(b.sum(0)))
    low, high = bootstrap(a, b, trials, seed)
    return {
        "systems": [one, other],
        "difference": better - base,
        "bootstrap95": [low, high],
        "p_randomisation": approximate_randomisation(a, b, trials, seed),
        "error_reduction": error_reduction(base, better),
    }
