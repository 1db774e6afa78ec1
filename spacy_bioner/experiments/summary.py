"""Means over runs with confidence intervals, for cross-validations and learning curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean, stdev
from typing import Any, TypeVar

from ..scoring import Counts, error_reduction
from ..text_tables import aligned, percent
from .folds import number_of_runs, over_folds
from .runs import Run

NEAR = 0.99
"""Share of the score at the largest size; learning curves are reported with the smallest size that reaches it."""

NEAR_LARGEST = "99% of the F1 at the largest size"

CI, SD = "± 95% CI", "± sd"
"""What follows the sign in a column, as its heading says it: half of the 95% interval, or the standard deviation."""

ALL = "all"
"""The key of figures over all types."""

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, half of its 95% confidence interval, and the standard deviation; both None for a single value."""

    mean: float
    half: float | None
    deviation: float | None
    values: tuple[float, ...]

    def __str__(self) -> str:
        """Return the mean and half of the interval, in percent."""
        return percent(self.mean) + ("" if self.half is None else f" ± {percent(self.half)}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"mean": self.mean, "ci95": self.half, "sd": self.deviation, "values": list(self.values)}


def interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return the mean of one or more values with its confidence interval by Student's t, n - 1 degrees of freedom."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return Interval(mean(values), None, None, tuple(values))
    deviation = stdev(values)
    # Student's t, not the normal distribution's 1.96, with which the interval of five folds would be 30% too narrow.
    half = float(t.ppf((1 + confidence) / 2, n - 1)) * deviation / n**0.5
    return Interval(mean(values), half, deviation, tuple(values))


def system_of(run: Run) -> str:
    """Return the name of a run's system, including its initial weights."""
    return f"{run.system} from {run.source}" if run.source else run.system


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Group the items by ``key``, in order."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def type_figures(run: Run) -> dict[str, dict[str, float]]:
    """Return p, r and f of a run by type, and over all types under ``all``; of answers f alone."""
    figures = {label: {k: row[k] for k in "prf"} for label, row in (run.scores.get("per_type") or {}).items()}
    return {**figures, ALL: {k: run.scores[k] for k in "prf" if k in run.scores}}


def pooled(runs: Iterable[Run]) -> dict[str, Counts]:
    """Return the summed counts of runs by type (last: all), for micro scores; empty if the runs have no counts."""
    sums: dict[str, Counts] = defaultdict(Counts)
    for run in runs:
        for label, row in (run.scores.get("per_type") or {}).items():
            for name in (label, ALL) if "tp" in row else ():
                sums[name] += Counts(row["tp"], row["fp"], row["fn"])
    return dict(sums)


def summarise(runs: Iterable[Run]) -> dict[str, dict[str, dict[str, Interval]]]:
    """Return the intervals of p, r and f, by system and type (last: all).

    They are over the seeds or, in a cross-validation, over the folds, each with the mean of its seeds: ``over_folds``.
    A run that has a type neither in its test data nor in its predictions is left out of the mean of that type.
    """
    result = {}
    for system, group in grouped(runs, system_of).items():
        labels = [*sorted({label for run in group for label in type_figures(run)} - {ALL}), ALL]
        result[system] = {
            label: {k: interval(over_folds(group, partial(_figure, label=label, name=k))) for k in "prf"}
            for label in labels
        }
    return result


def _figure(run: Run, label: str, name: str) -> float | None:
    return type_figures(run).get(label, {}).get(name)


def summary_dict(runs: Sequence[Run]) -> dict[str, Any]:
    """Return ``summarise`` as plain values, with the F1 of ``pooled``."""
    groups = grouped(runs, system_of)
    return {
        system: {
            label: {**{k: value.to_dict() for k, value in row.items()}, "pooled": _pooled_f1(groups[system], label)}
            for label, row in rows.items()
        }
        for system, rows in summarise(runs).items()
    }


def summary_table(runs: Sequence[Run], what: str = "system, type") -> str:
    """Return mean and 95% confidence interval of precision, recall and F1, by system and type, in percent.

    The last figure is the F1 of all runs together. what: the heading of the names.
    """
    rows = []
    groups = grouped(runs, system_of)
    for system, types in summarise(runs).items():
        for label, row in types.items():
            if label != ALL or len(types) > 1:
                cells = (
                    *(str(row[k]) for k in "prf"),
                    percent(_pooled_f1(groups[system], label)),
                    number_of_runs(groups[system]),
                )
                rows.append((f"{system}, {label}", *cells))
    return aligned((what, *(f"{name} {CI}" for name in ("P", "R", "F1")), "pooled F1", "runs"), rows)


def _pooled_f1(runs: Iterable[Run], label: str) -> float | None:
    counts = pooled(runs).get(label)
    return None if counts is None else counts.f1


def curves(runs: Iterable[Run], label: str = ALL) -> dict[str, dict[int, Interval]]:
    """Return the interval of F1 over the seeds, by system and size of the sample.

    label: the type. Runs without a size, or without this type in test data and predictions, are left out.
    """
    points = [run for run in runs if run.size is not None and label in type_figures(run)]
    return {
        system: {
            size: interval(over_folds(some, partial(_figure, label=label, name="f")))
            for size, some in sorted(grouped(group, lambda run: run.size or 0).items())
        }
        for system, group in grouped(points, system_of).items()
    }


def types_of(runs: Iterable[Run]) -> list[str]:
    """Return the types of the runs' scores, sorted; none if there is only one, whose figures are those over all."""
    labels = sorted({label for run in runs for label in type_figures(run)} - {ALL})
    return labels if len(labels) > 1 else []


def enough(curve: Mapping[int, Interval], share: float = NEAR) -> int | None:
    """Return the smallest size from which every mean is at least ``share`` of the mean at the largest size.

    None if that mean is 0: any size has enough of nothing.
    """
    sizes = sorted(curve)
    goal = share * curve[sizes[-1]].mean
    if not goal:
        return None
    reached = sizes[-1]
    # From the largest size down to the first below the share: a small sample that is high by chance does not count.
    for size in reversed(sizes):
        if curve[size].mean < goal:
            break
        reached = size
    return reached


def reductions(runs: Sequence[Run]) -> dict[str, dict[int, float | None]]:
    """Return the error reduction by size of the sample, for each system with initial weights.

    That is (F - F0) / (1 - F0) (Giorgi & Bader 2018), where F and F0 are the means over seeds with these weights and
    from scratch.
    """
    found = curves(runs)
    bases = {system_of(run): run.system for run in runs if run.source}
    return {
        system: {
            size: error_reduction(found[base][size].mean, value.mean)
            for size, value in found[system].items()
            if size in found[base]
        }
        for system, base in bases.items()
        if system in found and base in found
    }


def curve_table(runs: Sequence[Run], what: str = "") -> str:
    """Return F1 by size (rows) and system (columns): mean ± standard deviation, and the size for 99% of the last one.

    For systems with initial weights, a table of their ``reductions`` follows, in percent; then, if there are several
    types, F1 of each. what: a name of the task in the headings.
    """
    found, gone = curves(runs), reductions(runs)
    sizes = sorted({size for curve in found.values() for size in curve})
    shares = [[f"{size:,}", *(percent(of_size.get(size)) for of_size in gone.values())] for size in sizes if size]
    unit = next((run.unit for run in runs if run.size is not None), "sentences")
    tables = [_sizes_table(f"{unit}{what}", found), aligned(("fewer errors, %", *gone), shares) if gone else ""]
    tables += [_sizes_table(f"{unit}{what}, {label}", curves(runs, label)) for label in types_of(runs)]
    return "\n".join(filter(None, tables))


def _sizes_table(what: str, found: Mapping[str, Mapping[int, Interval]]) -> str:
    sizes = sorted({size for curve in found.values() for size in curve})
    rows = [[f"{size:,}", *(_cell(curve.get(size)) for curve in found.values())] for size in sizes]
    # The largest size of a system need not be all data, and is named: 99% of it says nothing without it.
    rows.append([NEAR_LARGEST, *map(_near, found.values())])
    return aligned((f"{what}: F1 {SD}", *found), rows)


def _near(curve: Mapping[int, Interval]) -> str:
    least = enough(curve)
    return "-" if least is None else f"{least:,} of {max(curve):,}"


def _cell(value: Interval | None) -> str:
    if value is None:
        return "-"
    return percent(value.mean) + ("" if value.deviation is None else f" ± {percent(value.deviation)}")


def curve_dict(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the curves as plain values, with those of each type if there are several."""
    gone = reductions(runs)
    result = {system: _curve_values(curve) for system, curve in curves(runs).items()}
    for system, figures in result.items():
        if system in gone:
            figures["error_reduction"] = {str(size): share for size, share in gone[system].items()}
    for label in types_of(runs):
        for system, curve in curves(runs, label).items():
            result[system].setdefault("types", {})[label] = _curve_values(curve)
    return result


def _curve_values(curve: Mapping[int, Interval]) -> dict[str, Any]:
    return {
        "f1": {str(size): value.to_dict() for size, value in curve.items()},
        "reaches_99_percent_at": enough(curve),
    }
