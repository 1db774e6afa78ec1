"""Runs in groups: those of one system on one corpus, which differ in fold and seed only."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import TypeVar

from ..runs import Run
from .plots import COLOURS


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over runs, and half of its 95% confidence interval; None of one run."""

    mean: float
    half: float | None

    def ends(self) -> tuple[float, float]:
        """Return the lower and the upper end."""
        return self.mean - (self.half or 0.0), self.mean + (self.half or 0.0)


def interval(values: Sequence[float]) -> Interval:
    """Return the mean of values and its confidence interval by the t distribution."""
    if len(values) < 2:
        return Interval(values[0], None)
    from scipy.stats import t

    return Interval(mean(values), float(t.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5)


@dataclass(frozen=True, slots=True)
class View:
    """How a report shows its runs.

    systems: their names -> the number of their colour, marker and dash. root: the folder that all runs are in.
    """

    systems: dict[str, int]
    root: Path

    @classmethod
    def of(cls, runs: Sequence[Run]) -> View:
        """Return the view of these runs."""
        names = dict.fromkeys(name_of(run) for run in runs)
        folder = os.path.commonpath([run.path.resolve().parent for run in runs])
        return cls({name: i for i, name in enumerate(names)}, Path(folder))

    def colour(self, system: str) -> int:
        """Return the number of a system's colour."""
        return self.systems[system] % len(COLOURS)

    def where(self, runs: Sequence[Run]) -> str:
        """Return the folder of a run below the root; of several the one above them, or the first and the last."""
        folders = sorted({run.path.resolve() for run in runs})
        names = [folder.relative_to(self.root).as_posix() for folder in folders]
        shared = Path(os.path.commonpath(folders))
        if len(names) > 2 and shared == self.root:
            return f"{names[0]} … {names[-1]}"
        return ", ".join(names) if shared == self.root else shared.relative_to(self.root).as_posix()


Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


def name_of(run: Run) -> str:
    """Return what a report calls the system of a run: with the weights it started from, where there are any."""
    return f"{run.system} from {Path(run.source).name}" if run.source else run.system


def by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Return the items by what ``key`` says of each, in the order given."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def at_full_size(runs: Sequence[Run]) -> list[Run]:
    """Return, for each system and corpus, the runs that learnt from all data, or else from most."""
    result = []
    for group in by(runs, lambda run: (run.corpus, name_of(run))).values():
        whole = [run for run in group if run.size is None]
        most = max((run.size for run in group if run.size is not None), default=None)
        result += whole or [run for run in group if run.size == most]
    return result
