"""The problems of the input of an annotation: skipped, and the faults recorded."""

from __future__ import annotations

from typing import Any

from ...errors import MESSAGES
from ...formats import ProblemLog


class InputProblems(ProblemLog):
    """The problems of the input, which are skipped; faults, which drop a line or a document, are also recorded."""

    def __init__(self) -> None:
        super().__init__("skip")
        self.records: list[dict[str, Any]] = []

    def add(self, code: str, path: Any, line: int = 0, **values: Any) -> None:
        """Record a fault with its file and line; see ``ProblemLog.add``."""
        super().add(code, path, line, **values)
        where = f"{path}:{line}" if line else str(path)
        error = f"[{code}] {MESSAGES[code].format(where=where, **values)}"
        self.records.append({"file": str(path), "line": line, "error": error})

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers of the problems as plain values: of all by code, and of the faults."""
        return {"problems": self.summary(), "faults": self.faults}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> InputProblems:
        """Return the numbers from the values of ``to_dict``, without the problems themselves."""
        read = cls()
        read.counts.update(values["problems"])
        read.faults = values["faults"]
        return read
