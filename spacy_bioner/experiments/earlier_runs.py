"""Finished runs that earlier commands left in the folder of an experiment: which of them belong to its figures."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

from ..errors import BionerError
from .runs import Run, find_runs, read_run
from .summary import system_of
from .trials.systems import SEED


def with_earlier(made: Sequence[Run], output: Path) -> tuple[list[Run], dict[str, list[str]]]:
    """Return the runs of an experiment with the earlier ones in its folder that were made and tested in the same way.

    These have the same corpus, folds and test documents; other seeds and sizes of the same system also the same config,
    overrides and training data. The others are not pooled: the second value has their systems, by what is different.
    Runs of another kind, samples of a learning curve or none, are in no figure of this one, and in neither value.
    """
    places = {run.path.resolve() for run in made}
    depths = {len(run.path.relative_to(output).parts) for run in made}
    first = {system_of(run): run for run in reversed(made)}
    tested = {run.fold: run.tested for run in made}
    known = {_key(run) for run in made}
    joined, left_out = list(made), dict[str, dict[str, None]]()
    # Folders below are other experiments: that of a run is always as deep as those that were made now.
    for path in find_runs([output]):
        if path.resolve() in places or len(path.relative_to(output).parts) not in depths:
            continue
        try:
            run = read_run(path)
            _ = run.metrics
        except BionerError:
            left_out.setdefault("damaged", {})[path.relative_to(output).as_posix()] = None
            continue
        if (run.size is None, run.unit) != (made[0].size is None, made[0].unit):
            continue
        why = next(_differences(run, made[0], first.get(system_of(run)), tested), "")
        if not why and _key(run) in known:
            why = "there twice"
        if why:
            left_out.setdefault(why, {})[system_of(run)] = None
        else:
            known.add(_key(run))
            joined.append(run)
    return joined, {why: list(systems) for why, systems in left_out.items()}


def _differences(run: Run, one: Run, same: Run | None, tested: dict[int | None, str]) -> Iterator[str]:
    """Yield how a run differs from those that were made now. one: any of these; same: one of the same system."""
    if run.corpus != one.corpus:
        yield "of another corpus"
    if run.folds != one.folds:
        yield f"of {run.folds or 'no'} folds"
    if not run.tested or tested.get(run.fold) != run.tested:
        yield "tested on other documents"
    if run.gold_entities != one.gold_entities:
        yield "tested with other entities, found or given"
    if same is not None and _how(run) != _how(same):
        yield "with another config, other overrides or other training data"


def _how(run: Run) -> tuple[object, ...]:
    """Return what all runs of a system have in common; folds and samples differ in their training data."""
    overrides = {key: value for key, value in run.overrides.items() if key != SEED}
    return run.config, overrides, run.train if run.fold is None and run.size is None else None


def _key(run: Run) -> Hashable:
    return system_of(run), run.fold, run.seed, run.size
