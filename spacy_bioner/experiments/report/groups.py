"""Groups of runs of one system on one corpus, which differ in fold and seed only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runs import Run
from ..summary import Interval, grouped, system_of
from .plots import COLOURS


def ends(mean: Interval) -> tuple[float, float]:
    """Return the lower and the upper end of the 95% confidence interval; for a single value, the value twice."""
    return mean.mean - (mean.half or 0.0), mean.mean + (mean.half or 0.0)


@dataclass(frozen=True, slots=True)
class View:
    """The display settings of a report's runs.

    systems: name -> index of its colour, marker and dash. root: common folder of all runs.
    """

    systems: dict[str, int]
    root: Path

    @classmethod
    def of(cls, runs: Sequence[Run]) -> View:
        """Return the view of these runs."""
        names = dict.fromkeys(system_of(run) for run in runs)
        folder = os.path.commonpath([run.path.resolve().parent for run in runs])
        return cls({name: i for i, name in enumerate(names)}, Path(folder))

    def colour(self, system: str) -> int:
        """Return the number of a system's colour."""
        return self.systems[system] % len(COLOURS)

    def where(self, runs: Sequence[Run]) -> str:
        """Return the folder of a run relative to the root; of several, their common parent, or the first and last."""
        folders = sorted({run.path.resolve() for run in runs})
        names = [folder.relative_to(self.root).as_posix() for folder in folders]
        shared = Path(os.path.commonpath(folders))
        if len(names) > 2 and shared == self.root:
            return f"{names[0]} … {names[-1]}"
        return ", ".join(names) if shared == self.root else shared.relative_to(self.root).as_posix()


def at_full_size(runs: Sequence[Run]) -> list[Run]:
    """Return, for each system and corpus, the runs trained on all data, or else on the largest sample."""
    result = []
    for group in grouped(runs, lambda run: (run.corpus, system_of(run))).values():
        whole = [run for run in group if run.size is None]
        most = max((run.size for run in group if run.size is not None), default=None)
        result += whole or [run for run in group if run.size == most]
    return result
