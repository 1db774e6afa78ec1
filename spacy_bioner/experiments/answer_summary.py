"""Means of the scores of answers over runs, for cross-validations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..text_tables import aligned
from .folds import number_of_runs, over_folds
from .runs import Run
from .summary import CI, Interval, grouped, interval, system_of

MEASURES = {"em": "EM", "f": "F1", "strict": "strict", "lenient": "lenient", "mrr": "MRR"}
"""The scores of answers: their keys in ``Run.scores`` and their names."""


def measure(run: Run, key: str) -> float | None:
    """Return one of ``MEASURES`` of a run; None if it has none."""
    return run.scores.get(key)


def answer_intervals(runs: Sequence[Run]) -> dict[str, Interval]:
    """Return the mean of each of ``MEASURES`` over folds or seeds; those of BioASQ only if every run has them."""
    return {
        key: interval(over_folds(runs, partial(measure, key=key)))
        for key in MEASURES
        if all(measure(run, key) is not None for run in runs)
    }


def answers_dict(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the means with their intervals, by system and measure, as plain values."""
    return {
        system: {key: value.to_dict() for key, value in answer_intervals(group).items()}
        for system, group in grouped(runs, system_of).items()
    }


def answers_summary(runs: Sequence[Run]) -> str:
    """Return the means with their 95% confidence intervals, by system, in percent, as a table."""
    found = {system: answer_intervals(group) for system, group in grouped(runs, system_of).items()}
    keys = [key for key in MEASURES if any(key in figures for figures in found.values())]
    rows = []
    for system, group in grouped(runs, system_of).items():
        cells = [str(found[system][key]) if key in found[system] else "-" for key in keys]
        rows.append((system, *cells, f"{group[0].scores['questions']:,}", number_of_runs(group)))
    return aligned(("system, answers", *(f"{MEASURES[key]} {CI}" for key in keys), "questions a run", "runs"), rows)
