"""A logger that wraps another one and also writes each evaluation, and the steps done, to files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import IO, Any

from spacy.language import Language

from ..errors import BionerError
from ..formats.text_io import write_json
from ..ml.check_settings import check_text
from ..pipeline.training_settings import training_settings

INTERVAL = 1.0
"""Seconds between two writes of the steps that are done."""

Logger = Callable[..., tuple[Callable[[dict[str, Any] | None], None], Callable[[], None]]]


def make_convergence_logger(path: str, logger: Logger, steps: str | None = None) -> Logger:
    """Return the logger ``spacy-bioner.convergence_logger.v1``, which runs ``logger`` and writes one or two files.

    path: a file of JSON lines, one per evaluation: ``epoch``, ``step``, ``words`` seen, ``seconds`` since the start of
        training, and ``score`` on the development corpus. An existing file is replaced.
    logger: the logger to wrap, such as ``spacy.ConsoleLogger.v3``.
    steps: a JSON file with the number of ``steps`` that are done, their ``seconds``, and ``max_steps``, replaced about
        once a second, for another process that shows the progress. Not written if ``max_steps`` is 0, no limit.

    Raises B623 for a path that is not a string. The logger raises B101 if a file cannot be written.
    """
    check_text("convergence_logger", path=path, **({} if steps is None else {"steps": steps}))

    def setup(nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr) -> Any:
        log, finish = logger(nlp, stdout, stderr)
        file = Path(path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("", encoding="utf8")
        except OSError as err:
            raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err

        step_file = None
        if steps is not None:
            step_file = _StepFile(Path(steps), training_settings(nlp)["max_steps"])

        def log_step(info: dict[str, Any] | None) -> None:
            log(info)
            if step_file is not None:
                step_file.count()
            if info is not None and info["score"] is not None:
                row = {key: info[key] for key in ("epoch", "step", "words", "seconds")}
                with file.open("a", encoding="utf8") as lines:
                    lines.write(json.dumps({**row, "score": float(info["score"])}) + "\n")

        return log_step, finish

    return setup


class _StepFile:
    """The file with the number of steps that are done."""

    def __init__(self, path: Path, max_steps: int) -> None:
        self.path = path
        self.max_steps = max_steps
        self.steps = 0
        self.start = self.written = perf_counter()

    def count(self) -> None:
        """Count a step; write the file if it is time to."""
        self.steps += 1
        now = perf_counter()
        if self.max_steps and now - self.written >= INTERVAL:
            self.written = now
            steps = min(self.steps, self.max_steps)  # spaCy makes one step more than it is told to
            write_json(self.path, {"steps": steps, "max_steps": self.max_steps, "seconds": now - self.start})
