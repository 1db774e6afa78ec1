"""The problems of the input of an annotation: skipped, and the faults recorded."""

from __future__ import annotations

import json
from typing import IO, Any

from ...errors import MESSAGES
from ...formats import ProblemLog
from ...formats.docbin import UNKNOWN
from ...formats.problems import Problem


class InputProblems(ProblemLog):
    """The problems of the input, which are skipped; faults, which drop a line or a document, are also recorded.

    file: takes the records of the faults, as JSON lines: there may be as many as documents.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__("skip")
        self.file = file

    def add(self, code: str, path: Any, line: int = 0, **values: Any) -> None:
        """Record a fault with its file and line; see ``ProblemLog.add``."""
        super().add(code, path, line, **values)
        where = f"{path}:{line}" if line else str(path)
        error = f"[{code}] {MESSAGES[code].format(where=where, **values)}"
        record = {"file": str(path), "line": line, "error": error}
        self.file.write(json.dumps(record).encode() + b"\n")

    def note(self, code: str, path: Any, line: int = 0, **values: Any) -> None:
        """Record what is skipped by design, but not missing tags: texts to be annotated have none."""
        if code != UNKNOWN:
            super().note(code, path, line, **values)


def to_dict(log: ProblemLog) -> dict[str, Any]:
    """Return the numbers of a log as plain values, with the first problem of each code."""
    first = {problem.code: problem.message for problem in reversed(log.problems)}
    return {"problems": log.summary(), "faults": log.faults, "left_out": dict(log.left_out), "first": first}


def from_dict(values: dict[str, Any]) -> ProblemLog:
    """Return a log with the numbers and problems of ``to_dict``."""
    log = ProblemLog("skip")
    log.counts.update(values["problems"])
    log.left_out.update(values["left_out"])
    log.faults = values["faults"]
    log.problems = [Problem(code, message, "") for code, message in values["first"].items()]
    return log
