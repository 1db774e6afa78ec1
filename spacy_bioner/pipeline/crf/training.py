"""Fit a CRF with crfsuite (Okazaki 2007), through python-crfsuite."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Literal

from ...errors import BionerError, require
from .progress import progress

Algorithm = Literal["lbfgs", "l2sgd", "ap", "pa", "arow"]

USUAL = 100
"""Iterations that a fit takes where none are named."""

LONG = 300
"""Seconds: a fit that will take longer says so, and what makes it shorter."""

_ITERATION = re.compile(r"\*{5} (?:Iteration|Epoch) #(\d+)")
_LOSS = re.compile(r"Loss: (\S+)")


def fit(
    sequences: Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]],
    algorithm: Algorithm,
    parameters: Mapping[str, Any],
) -> bytes:
    """Return the bytes of the crfsuite model fitted to sequences of features and tags per token.

    parameters: crfsuite's, by its own names; those that the algorithm does not have are left out.

    Shows the iteration and the loss on stderr; where the first iterations predict a long fit, a warning (B810) names
    the settings that shorten it. crfsuite can only write to a file: the temporary folder is removed also where fitting
    fails or is interrupted. Raises B411 where it fails.
    """
    trainer = _make_trainer(algorithm, parameters)
    known: set[str] = set()
    for features, tags in sequences:
        trainer.append(features, tags)
        known.update(tags)
    listener = trainer.listener = Listener(parameters.get("max_iterations"), len(known))
    with TemporaryDirectory(prefix="bioner-crf-") as folder, listener.bar:
        path = Path(folder) / "model.crfsuite"
        try:
            trainer.train(str(path))
        except require("pycrfsuite").CRFSuiteError as error:
            raise BionerError("B411", algorithm=algorithm, reason=error, log=listener.tail) from error
        if not path.exists():
            raise BionerError("B411", algorithm=algorithm, reason="no model", log=listener.tail)
        return path.read_bytes()


def _make_trainer(algorithm: Algorithm, parameters: Mapping[str, Any]) -> Any:
    pycrfsuite = require("pycrfsuite")

    class Trainer(pycrfsuite.BaseTrainer):  # type: ignore[name-defined]
        listener: Listener

        def message(self, message: str) -> None:
            self.listener.read(message)

    trainer = Trainer(algorithm)
    known = set(trainer.params())
    trainer.set_params({name: value for name, value in parameters.items() if name in known})
    return trainer


class Listener:
    """Parses crfsuite's training log, shows the progress, and warns of a long fit."""

    def __init__(self, max_iterations: int | None, tags: int = 0) -> None:
        self.bar = progress(title="bioner_crf", total=max_iterations)
        self.tags = tags
        self.iteration = 0
        self.tail = ""
        self._first = 0.0

    def read(self, message: str) -> None:
        """Parse one message: a line or a part of one."""
        self.tail = (self.tail + message.replace("\n", " "))[-300:]
        if found := _ITERATION.match(message):
            self.iteration = int(found[1])
        elif found := _LOSS.match(message):
            self.bar.set_postfix(loss=found[1], refresh=False)
            self.bar.update(self.iteration - self.bar.n)
            self._tell_time(perf_counter())

    def _tell_time(self, now: float) -> None:
        # The first iteration includes the line search for the step size; the second has the time of the later ones.
        if self.iteration == 1:
            self._first = now
        elif self.iteration == 2:
            seconds, iterations = now - self._first, self.bar.total or USUAL
            if seconds * iterations > LONG:
                minutes = round(seconds * iterations / 60)
                message = BionerError("B810", seconds=round(seconds, 1), n=iterations, minutes=minutes, tags=self.tags)
                warnings.warn(str(message), stacklevel=2)
