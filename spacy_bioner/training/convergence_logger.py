"""A logger that wraps another one and also writes each evaluation to a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from spacy.language import Language

from ..errors import BionerError
from ..ml.check_settings import check_text

Logger = Callable[..., tuple[Callable[[dict[str, Any] | None], None], Callable[[], None]]]


def make_convergence_logger(path: str, logger: Logger) -> Logger:
    """Return the logger ``spacy-bioner.convergence_logger.v1``, which runs ``logger`` and writes a file.

    path: a file of JSON lines, one per evaluation: ``epoch``, ``step``, ``words`` seen, ``seconds`` since the start of
        training, and ``score`` on the development corpus. An existing file is replaced.
    logger: the logger to wrap, such as ``spacy.ConsoleLogger.v3``.

    Raises B623 for a path that is not a string. The logger raises B101 if the file cannot be written.
    """
    check_text("convergence_logger", path=path)

    def setup(nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr) -> Any:
        log, finish = logger(nlp, stdout, stderr)
        file = Path(path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("", encoding="utf8")
        except OSError as err:
            raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err

        def log_step(info: dict[str, Any] | None) -> None:
            log(info)
            if info is not None and info["score"] is not None:
                row = {key: info[key] for key in ("epoch", "step", "words", "seconds")}
                with file.open("a", encoding="utf8") as lines:
                    lines.write(json.dumps({**row, "score": float(info["score"])}) + "\n")

        return log_step, finish

    return setup
