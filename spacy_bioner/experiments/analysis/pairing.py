"""Runs of several systems paired by document, the input of all comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...errors import BionerError
from ...formats import Document
from ...scoring import Comparison, compare
from ..runs import Run
from ..summary import grouped, system_of
from .answer_errors import answer_row, answered
from .units import spans_of, units_of

Key = tuple[str, int | None, int | None, int | None]
"""The key by which runs are paired: corpus, fold, seed and size."""


def key_of(run: Run) -> Key:
    """Return the key by which runs are paired."""
    return run.corpus, run.fold, run.seed, run.size


@dataclass(slots=True)
class Unit:
    """A document of one run with each system's predictions, sorted into true positives, misses and false positives."""

    key: Key
    gold: Document
    found: dict[str, Document] = field(default_factory=dict)
    results: dict[str, Comparison] = field(default_factory=dict)


@dataclass(slots=True)
class Paired:
    """The documents that all systems were tested on, and their runs.

    runs: system -> key -> run, with the same keys for each. left_out: runs without a partner.
    """

    systems: list[str]
    runs: dict[str, dict[Key, Run]]
    units: list[Unit]
    left_out: int = 0

    def counts(self, system: str) -> np.ndarray:
        """Return true positives, false positives and false negatives by document, shape (documents, 3).

        For answers, the row of a document is that of ``answer_row``.

        A document that was tagged under several seeds, or after training on several sizes, is one row, the sum over
        them: its predictions are not independent samples, and rows are what the significance tests exchange and draw.
        """
        rows: dict[tuple[object, ...], list[float]] = {}
        of_answers = any(run.task == "answers" for run in self.runs[system].values())
        places: Counter[Key] = Counter()
        for unit in self.units:
            # Corpus, fold and the document's number in the run: without seed and size, which are summed.
            place = (unit.key[0], unit.key[1], places[unit.key])
            places[unit.key] += 1
            result = unit.results[system]
            row = rows.setdefault(place, [0, 0, 0])
            amounts: Sequence[float] = list(map(len, (result.true_positives, result.false_alarms, result.misses)))
            if of_answers:
                amounts = answer_row(answered(unit.gold, unit.found[system]))
            for i, amount in enumerate(amounts):
                row[i] += amount
        return np.asarray(list(rows.values()), dtype=float if of_answers else np.int64).reshape(-1, 3)


def pair_runs(named: Sequence[tuple[str, Run]]) -> Paired:
    """Pair runs by corpus, fold, seed and size; the systems are in the order given.

    Raises B843 for two runs of a system with the same key, B844 if no key is common to all systems, B845 if the
    gold documents of two paired runs differ, and the errors of reading.
    """
    runs: dict[str, dict[Key, Run]] = {}
    for system, run in named:
        of_system = runs.setdefault(system, {})
        if key_of(run) in of_system:
            raise BionerError("B843", system=system, one=of_system[key_of(run)].path, other=run.path)
        of_system[key_of(run)] = run
    systems = list(runs)
    common = [key for key in runs[systems[0]] if all(key in of_system for of_system in runs.values())]
    if not common:
        raise BionerError("B844", systems=", ".join(systems))
    left_out = sum(len(of_system) - len(common) for of_system in runs.values())
    paired = Paired(systems, {name: {key: runs[name][key] for key in common} for name in systems}, [], left_out)
    for key in common:
        paired.units += _units(key, {name: runs[name][key] for name in systems})
    return paired


def _units(key: Key, runs: dict[str, Run]) -> list[Unit]:
    units: list[Unit] = []
    first = next(iter(runs.values()))
    for system, run in runs.items():
        pairs = list(run.pairs())
        if run is first:
            units = [Unit(key, gold) for gold, _ in pairs]
        same = len(pairs) == len(units) and all(
            (unit.gold.text, spans_of(unit.gold)) == (gold.text, spans_of(gold))
            for unit, (gold, _) in zip(units, pairs, strict=True)
        )
        if not same:
            raise BionerError("B845", one=first.path, other=run.path)
        for unit, (gold, found) in zip(units, pairs, strict=True):
            unit.found[system] = found
            compared = units_of(run, gold, found)
            unit.results[system] = compare(compared.gold, compared.found, gold.id)
    return units


def name_systems(groups: Sequence[tuple[str, Sequence[Run]]]) -> list[tuple[str, Run]]:
    """Return each run with its system's name; the folder is added if two folders have a system of the same name."""
    places = grouped(((place, system_of(run)) for place, runs in groups for run in runs), lambda pair: pair[1])
    double = {name for name, pairs in places.items() if len(set(pairs)) > 1}
    return [
        (f"{system_of(run)} ({place})" if system_of(run) in double else system_of(run), run)
        for place, runs in groups
        for run in runs
    ]
