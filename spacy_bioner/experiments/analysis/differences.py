"""The difference between two systems on the same documents, and whether it is more than chance."""

from __future__ import annotations

from typing import Any

from ...scoring import error_reduction
from .pairing import Paired
from .significance import approximate_randomisation, bootstrap, f1, paired_t


def pair_figures(paired: Paired, one: str, other: str, trials: int, seed: int) -> dict[str, Any]:
    """Return the figures of two systems, from the worse to the better, as plain values; scores are fractions."""
    a, b = paired.counts(one), paired.counts(other)
    if f1(a.sum(0)) > f1(b.sum(0)):
        one, other, a, b = other, one, b, a
    base, better = float(f1(a.sum(0))), float(f1(b.sum(0)))
    by_run = [[run.metrics["ents_f"] for run in paired.runs[system].values()] for system in (one, other)]
    low, high = bootstrap(a, b, trials, seed)
    return {
        "systems": [one, other],
        "difference": better - base,
        "bootstrap95": [low, high],
        "p_randomisation": approximate_randomisation(a, b, trials, seed),
        "p_t_test": paired_t(*by_run),
        "error_reduction": error_reduction(base, better),
    }
