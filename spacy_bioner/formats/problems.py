"""Problems in files: counted, located, and raised or skipped by policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..errors import MESSAGES, BionerError

Policy = Literal["error", "skip"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One coded problem at a place in a file; ``line`` counts from 1, 0 means the file as a whole."""

    code: str
    message: str
    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"[{self.code}] {self.message}"


def _where(path: Any, line: int) -> str:
    return f"{path}:{line}" if line else str(path)


class ProblemLog:
    """Collects problems. Raises B162 for an unknown policy.

    policy: ``error`` raises a BionerError at the first problem; ``skip`` records it and lets the reader go on.
    problems: the first ``keep`` problems in order, and the first of each code (memory stays bounded); ``counts``: the
    number of all, by code.
    faults: the number of problems that ``error`` would have raised; first: the first of these. The others are notes.
    left_out: the numbers of ``documents``, ``mentions`` and ``relations`` of which a writer has written nothing.
    moved: a folder that is being written, and its final place, by which the notes name it.
    """

    def __init__(self, policy: str = "error", keep: int = 1000) -> None:
        if policy not in get_args(Policy):
            raise BionerError("B162", policy=policy)
        self.policy = policy
        self.keep = keep
        self.problems: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.faults = 0
        self.first = ""
        self.moved: tuple[str, str] = ("", "")

    def add(self, code: str, path: Any, line: int = 0, **values: Any) -> None:
        """Record a problem whose message is ``MESSAGES[code]``, or raise it under the policy ``error``.

        Messages of reader problems have the placeholders ``{where}`` (file:line) and those in ``values``.
        """
        if self.policy == "error":
            raise BionerError(code, where=_where(path, line), **values)
        self.first = self.first or str(BionerError(code, where=_where(path, line), **values))
        self.faults += 1
        self.note(code, path, line, **values)

    def unreadable(self, path: Any, err: OSError) -> None:
        """Record a file or folder that cannot be read (B184), or raise B101 under the policy ``error``."""
        reason = err.strerror or str(err)
        if self.policy == "error":
            raise BionerError("B101", path=path, reason=reason) from err
        self.add("B184", path, reason=reason)

    def note(self, code: str, path: Any, line: int = 0, **values: Any) -> None:
        """Record what is skipped by design, such as hidden files: counted, never raised, under either policy."""
        part, final = self.moved
        if part and str(path).startswith(part):
            path = final + str(path).removeprefix(part)
        self.counts[code] += 1
        if len(self.problems) < self.keep or self.counts[code] == 1:
            message = MESSAGES[code].format(where=_where(path, line), **values)
            self.problems.append(Problem(code, message, str(path), line))

    def note_lost(self, path: Any, id: str, lost: Mapping[str, int]) -> None:
        """Note how much of a document a written format cannot hold, by kind (B263); numbers of 0 are none."""
        for what, count in lost.items():
            if count:
                self.note("B263", path, id=id, count=count, what=what)

    def summary(self) -> dict[str, int]:
        """Return the number of problems by code, sorted by code."""
        return dict(sorted(self.counts.items()))

    def describe(self, each: int = 1) -> list[str]:
        """Return the first problems of each code, ``each`` at most, the last of them with the number of the others."""
        lines = []
        for code, count in sorted(self.counts.items()):
            shown = [str(problem) for problem in self.problems if problem.code == code][:each] or [f"[{code}]"]
            more = count - len(shown)
            lines += [*shown[:-1], shown[-1] + (f" (and {more} more)" if more else "")]
        return lines
