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
    """Return the bytes of crfsuite's model of these sequences: of each token the features, and its tag.

    parameters: crfsuite's, by its own names; those that the algorithm does not have are left out.

    A line on stderr tells the iteration and the loss, and a warning (B810) after the first iterations that the fit will
    take long, and what makes it shorter. crfsuite can only write to a file: it does so in a
    temporary folder, which is gone afterwards also where fitting fails or is interrupted. Raises B411 where it fails.
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
    """Reads what crfsuite says while it fits, shows how far it is, and warns where it will take long."""

    def __init__(self, max_iterations: int | None, tags: int = 0) -> None:
        self.bar = progress(title="bioner_crf", total=max_iterations)
        self.tags = tags
        self.iteration = 0
        self.tail = ""
        self._first = 0.0

    def read(self, message: str) -> None:
        """Take one message, a line or a part of one."""
        self.tail = (self.tail + message.replace("\n", " "))[-300:]
        if found := _ITERATION.match(message):
            self.iteration = int(found[1])
        elif found := _LOSS.match(message):
            self.bar.set_postfix(loss=found[1], refresh=False)
            self.bar.update(self.iteration - self.bar.n)
            self._tell_time(perf_counter())

    def _tell_time(self, now: float) -> None:
        # The first iteration also looks for its step: what the second takes is what the others will.
        if self.iteration == 1:
            self._first = now
        elif self.iteration == 2:
            seconds, iterations = now - self._first, self.bar.total or USUAL
            if seconds * iterations > LONG:
                minutes = round(seconds * iterations / 60)
                message = BionerError("B810", seconds=round(seconds, 1), n=iterations, minutes=minutes, tags=self.tags)
                warnings.warn(str(message), stacklevel=2)
