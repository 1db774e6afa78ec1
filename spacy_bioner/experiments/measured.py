"""A small file with the figures of many runs, from which a scoreboard can be written after their folders are deleted.

Each line is a JSON object with the figures of one run. Several machines, or runs of several nights, add to one file.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BionerError
from ..formats.problems import ProblemLog
from ..formats.text_io import encoded, open_output, read_lines
from .lock import hold
from .records import fault_of, is_of_type
from .runs import Run
from .summary import system_of


@dataclass(frozen=True, slots=True)
class Measured:
    """What a scoreboard shows of a run.

    p, r, f: exact spans, micro-averaged, as fractions. types: f of each type. seconds: wall time of the training.
    processor_seconds: its processor time. speed: tokens per second on the test part. tested: "" if the row was kept
    before test data had digests. The other fields are those of ``Run``.
    """

    corpus: str
    system: str
    p: float
    r: float
    f: float
    types: dict[str, float] = field(default_factory=dict)
    fold: int | None = None
    folds: int | None = None
    seed: int | None = None
    size: int | None = None
    seconds: float | None = None
    processor_seconds: float | None = None
    speed: float | None = None
    pipeline_bytes: int | None = None
    machine: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    finished: str = ""
    tested: str = ""

    @property
    def key(self) -> tuple[str, str, int | None, int | None, int | None, int | None]:
        """The fields that identify a run: a later run with the same key replaces an earlier one."""
        return self.corpus, self.system, self.folds, self.fold, self.seed, self.size


def measured_of(run: Run) -> Measured:
    """Return the figures of a run; raises B831 if its scores are missing."""
    scores = run.scores
    types = {label: one["f"] for label, one in (scores.get("per_type") or {}).items()}
    figures = {name: round(scores[name], 6) for name in "prf"}
    own = {
        name: getattr(run, name)
        for name in ("fold", "folds", "seed", "size", "pipeline_bytes", "machine", "versions", "tested")
    }
    return Measured(
        run.corpus,
        system_of(run),
        **figures,
        types={label: round(f, 6) for label, f in types.items() if f is not None},
        seconds=_tenths(run.seconds),
        processor_seconds=_tenths(run.processor_seconds),
        speed=run.metrics.get("speed"),
        finished=run.finished,
        **own,
    )


def _tenths(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def join_measured(earlier: Iterable[Measured], later: Iterable[Measured]) -> list[Measured]:
    """Return all runs, sorted by ``key``; of two with the same one, the later.

    Raises B845 for runs of one system, corpus and fold that were tested on different documents: one corpus has the name
    of another, whose figures would be lost or averaged with its own.
    """
    every = [*earlier, *later]
    tested: dict[Hashable, Measured] = {}
    for one in every:
        if one.tested:
            other = tested.setdefault((one.corpus, one.system, one.folds, one.fold), one)
            if other.tested != one.tested:
                raise BionerError("B845", one=_shown(other), other=_shown(one))
    joined = {one.key: one for one in every}
    return [joined[key] for key in sorted(joined, key=lambda key: tuple((part is not None, part) for part in key))]


def _shown(one: Measured) -> str:
    parts = {"fold": one.fold, "seed": one.seed, "size": one.size, "of": one.finished or None}
    known = " ".join(f"{name} {value}" for name, value in parts.items() if value is not None)
    return f"{one.system} on {one.corpus}{known and f' ({known})'}"


@contextmanager
def add_measured(found: Iterable[Measured], path: Path) -> Iterator[tuple[list[Measured], int]]:
    """Add runs to the file, which need not exist; give what it then holds, and how many of its rows were replaced.

    Until the context ends, another process that adds runs to the file waits, so that neither loses what the other adds.
    Raises B101, B845 and B850.
    """
    with hold(path.with_name(f"{path.name}.lock"), wait=True):
        earlier = read_measured(path) if path.exists() else []
        rows = join_measured(earlier, found)
        now = {one.key: one for one in rows}
        write_measured(rows, path)
        yield rows, sum(now[one.key] != one for one in earlier)


def read_measured(path: Path) -> list[Measured]:
    """Read a file of ``write_measured``; raises B801 if it does not exist and B850 for a line that is none of its."""
    if not path.is_file():
        raise BionerError("B801", path=path)
    found = []
    for number, line in read_lines(path, ProblemLog()):
        try:
            found.append(Measured(**_checked(json.loads(line or ""))))
        except (ValueError, RecursionError) as err:
            raise BionerError("B850", path=f"{path}:{number}", fault=err) from None
    return found


def write_measured(rows: Iterable[Measured], path: Path) -> None:
    """Write a line for each run; values that are unknown are left out. Raises B101 for what cannot be written."""
    with open_output(path) as file:
        for row in rows:
            record = {key: value for key, value in asdict(row).items() if value not in (None, "", {})}
            file.write(encoded(json.dumps(record, ensure_ascii=False) + "\n", path))


def _checked(record: Any) -> dict[str, Any]:
    """Return the values of a line; raise ValueError unless they are those of ``Measured``, its scores fractions."""
    if not isinstance(record, dict):
        raise ValueError("no JSON object")
    if fault := fault_of(record, Measured):
        raise ValueError(fault)
    for name, value in ({name: record[name] for name in "prf"} | record.get("types", {})).items():
        # Python's JSON reader accepts NaN, which would have a place in a table.
        if not is_of_type(value, float) or not 0 <= value <= 1:
            raise ValueError(f'"{name}" is {value!r}, not a fraction from 0 to 1')
    return record
