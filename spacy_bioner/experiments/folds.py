"""The folds of a cross-validation: one figure for each, how many there are, and runs that do not belong together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from ..errors import BionerError
from .runs import Run


class Tested(Protocol):
    """What was tested on a corpus or on one of its folds: ``Run`` and ``Measured``."""

    @property
    def corpus(self) -> str:
        """The name of the corpus."""

    @property
    def fold(self) -> int | None:
        """The number of the fold."""

    @property
    def folds(self) -> int | None:
        """The number of all folds."""

    @property
    def size(self) -> int | None:
        """The size of the sample."""


T = TypeVar("T", bound=Tested)


def over_folds(runs: Iterable[T], value: Callable[[T], float | None]) -> list[float]:
    """Return the independent values of runs: for each fold the mean over its seeds, without folds one for each run.

    Runs whose value is None are left out. Intervals, deviations and t tests are of these values.
    """
    # The seeds of a fold share its training and test data. As values of their own they would count this data several
    # times: a system without chance would have a narrower interval with every seed.
    groups: dict[Hashable, list[float]] = {}
    for number, run in enumerate(runs):
        if (known := value(run)) is not None:
            key = number if run.fold is None else (run.corpus, run.folds, run.fold, run.size)
            groups.setdefault(key, []).append(known)
    return [sum(values) / len(values) for values in groups.values()]


def missing_folds(runs: Sequence[Tested]) -> str:
    """Return "4 of 5 folds" for the runs of one system and corpus; "" if none is missing, or the number is unknown."""
    folds = runs[0].folds if runs else None
    known = {run.fold for run in runs if run.fold is not None}
    return f"{len(known)} of {folds} folds" if folds and len(known) < folds else ""


def number_of_runs(runs: Sequence[Tested]) -> str:
    """Return the number of runs, with that of their folds if some are missing: "8, 4 of 5 folds"."""
    return ", ".join(filter(None, (f"{len(runs):,}", missing_folds(runs))))


def told_missing(systems: Mapping[str, Iterable[Run]]) -> list[str]:
    """Return a line for each system, corpus and size with missing folds."""
    lines = []
    for system, runs in systems.items():
        groups: dict[Hashable, list[Run]] = {}
        for run in runs:
            groups.setdefault((run.corpus, run.size), []).append(run)
        lines += [f"{system} on {some[0].corpus}: {text}" for some in groups.values() if (text := missing_folds(some))]
    return lines


def check_distinct(named: Iterable[tuple[str, Run]]) -> None:
    """Raise B843 for two runs of a system with the same corpus, folds, fold, seed and size, which would count twice."""
    seen: dict[Hashable, Run] = {}
    for system, run in named:
        other = seen.setdefault((system, run.corpus, run.folds, run.fold, run.seed, run.size), run)
        if other is not run:
            raise BionerError("B843", system=system, one=other.path, other=run.path)


def check_designs(named: Iterable[tuple[str, Run]]) -> None:
    """Raise B853 for runs of one system, corpus and size whose numbers of folds differ, or of which some have none.

    Such runs are left by a cross-validation with another number of folds. Their mean has no meaning.
    """
    designs: dict[Hashable, Run] = {}
    for system, run in named:
        first = designs.setdefault((system, run.corpus, run.size), run)
        if _design(first) != _design(run):
            raise BionerError(
                "B853", system=system, one=first.path, of_one=_design(first), other=run.path, of_other=_design(run)
            )


def check_tests(named: Iterable[tuple[str, Run]]) -> None:
    """Raise B845 for runs of one system, corpus and fold that were tested on different documents.

    Such runs are left by an experiment with more seeds or sizes, of which some were repeated with other data.
    """
    tested: dict[Hashable, Run] = {}
    for system, run in named:
        if run.tested:
            other = tested.setdefault((system, run.corpus, run.folds, run.fold), run)
            if other.tested != run.tested:
                raise BionerError("B845", one=other.path, other=run.path)


def _design(run: Run) -> str:
    if run.fold is None:
        return "no folds"
    return "an unknown number of folds" if run.folds is None else f"{run.folds} folds"
