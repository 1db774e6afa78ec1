"""Runs of several systems paired by document, the input of all comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...errors import BionerError
from ...formats import Document
from ...scoring import Comparison, compare
from ..runs import Run
from ..summary import grouped, system_of
from .answer_errors import answer_row, answered
from .independence import Independent, independent_units
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


@dataclass
class Paired:
    """The documents that all systems were tested on, and their runs.

    runs: system -> key -> run, with the same keys for each. left_out: runs without a partner.
    """

    systems: list[str]
    runs: dict[str, dict[Key, Run]]
    units: list[Unit]
    left_out: int = 0

    def counts(self, system: str) -> np.ndarray:
        """Return true positives, false positives and false negatives of each unit of ``independent``, shape (units, 3).

        For answers, the row of a document is that of ``answer_row``. Raises B856.
        """
        of_answers = any(run.task == "answers" for run in self.runs[system].values())
        rows: list[Sequence[float]] = []
        for unit in self.units:
            result = unit.results[system]
            if of_answers:
                rows.append(answer_row(answered(unit.gold, unit.found[system])))
            else:
                rows.append(list(map(len, (result.true_positives, result.false_alarms, result.misses))))
        amounts = np.asarray(rows, dtype=float if of_answers else np.int64).reshape(-1, 3)
        return self.independent.summed(amounts)

    @cached_property
    def independent(self) -> Independent:
        """The independent units of the documents.

        A document that was tagged under several seeds, or after training on several sizes, is in one unit: its
        predictions are not independent samples. Raises B856 for a run that does not say how its documents are grouped.
        """
        numbers: Counter[Key] = Counter()
        items: list[tuple[int, Document]] = []  # each gold document with its number in its run
        for unit in self.units:
            items.append((numbers[unit.key], unit.gold))
            numbers[unit.key] += 1
        keys: list[tuple[Hashable, ...]] = [()] * len(items)
        kinds = set()
        for corpus, places in grouped(range(len(items)), lambda i: self.units[i].key[0]).items():
            given = [independent_units((items[i] for i in places), rule) for rule in self._rules(corpus)]
            # Of the rules of several experiments the one with the fewest units: what belongs together by one does so.
            chosen = min(given, key=lambda found: found.number)
            kinds.add(chosen.kind)
            for i, key in zip(places, chosen.keys, strict=True):
                # Without seed and size. A question may be asked in several folds, if these were given as files.
                fold = None if key[0] == "question" else self.units[i].key[1]
                keys[i] = (corpus, fold, key)
        return Independent(keys, kinds.pop() if len(kinds) == 1 else "group")

    def _rules(self, corpus: str) -> list[str]:
        rules: dict[str, None] = {}
        for run in (run for runs in self.runs.values() for key, run in runs.items() if key[0] == corpus):
            if run.group is None:
                raise BionerError("B856", path=run.path)
            rules[run.group] = None
        return list(rules)


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
