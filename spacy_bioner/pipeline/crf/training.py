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
from ...progress import progress

Algorithm = Literal["lbfgs", "l2sgd", "ap", "pa", "arow"]

USUAL = 100
"""Iterations of a fit whose number is not limited, for the estimate of its time."""

TRIED = 50
"""One sequence in this many is fitted first, to estimate the time of the fit."""

LONG = 300
"""Seconds; if a fit will take longer, a warning names the settings that shorten it."""

_ITERATION = re.compile(r"\*{5} (?:Iteration|Epoch) #(\d+)")
_LOSS = re.compile(r"Loss: (\S+)")


def fit(
    sequences: Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]],
    algorithm: Algorithm,
    parameters: Mapping[str, Any],
) -> bytes:
    """Return the bytes of the crfsuite model fitted to sequences of features and tags per token.

    parameters: crfsuite's, by its own names; those that the algorithm does not have are left out.

    Two iterations on a fiftieth of the data come first: if they predict a long fit, a warning (B810) names the
    settings that shorten it. Then the iteration and the loss are shown on stderr. crfsuite can only write to a file;
    the temporary folder is also removed if fitting fails or is interrupted. Raises B411 if it fails.
    """
    trainer = _make_trainer(algorithm, parameters)
    trial = _make_trainer(algorithm, {**parameters, "max_iterations": 2})
    known: set[str] = set()
    tokens = tried = 0
    for number, (features, tags) in enumerate(sequences):
        trainer.append(features, tags)
        tokens += len(tags)
        # A tag that the trial lacks would make it too fast: time grows with the square of their number.
        if number % TRIED == 0 or not known.issuperset(tags):
            trial.append(features, tags)
            tried += len(tags)
        known.update(tags)
    with TemporaryDirectory(prefix="bioner-crf-") as folder:
        path = Path(folder) / "model.crfsuite"
        if tried:
            trial.listener = Listener(2)
            with trial.listener.bar:
                _train(trial, path, algorithm)
            _tell_time(trial.listener.seconds * tokens / tried, parameters.get("max_iterations") or USUAL, len(known))
        trainer.listener = Listener(parameters.get("max_iterations"))
        with trainer.listener.bar:
            _train(trainer, path, algorithm)
        return path.read_bytes()


def _train(trainer: Any, path: Path, algorithm: Algorithm) -> None:
    """Write the fitted model. Raises B411 if crfsuite fails or writes none."""
    path.unlink(missing_ok=True)
    try:
        trainer.train(str(path))
    except require("pycrfsuite").CRFSuiteError as error:
        raise BionerError("B411", algorithm=algorithm, reason=error, log=trainer.listener.tail) from error
    if not path.exists():
        raise BionerError("B411", algorithm=algorithm, reason="no model", log=trainer.listener.tail)


def _tell_time(seconds: float, iterations: int, tags: int) -> None:
    """Warn (B810) of a long fit, given the seconds of an iteration."""
    if seconds * iterations > LONG:
        minutes = round(seconds * iterations / 60)
        message = BionerError("B810", seconds=round(seconds, 1), n=iterations, minutes=minutes, tags=tags)
        warnings.warn(str(message), stacklevel=4)


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
    """Parses crfsuite's training log, shows the progress and takes the time.

    seconds: those of the second iteration; the first includes the line search for the step size.
    """

    def __init__(self, max_iterations: int | None) -> None:
        self.bar = progress(title="bioner_crf", total=max_iterations)
        self.iteration = 0
        self.tail = ""
        self.seconds = 0.0
        self._last = 0.0

    def read(self, message: str) -> None:
        """Parse one message: a line or a part of one."""
        self.tail = (self.tail + message.replace("\n", " "))[-300:]
        if found := _ITERATION.match(message):
            self.iteration = int(found[1])
        elif found := _LOSS.match(message):
            now = perf_counter()
            if self.iteration == 2:
                self.seconds = now - self._last
            self._last = now
            self.bar.set_postfix(loss=found[1], refresh=False)
            self.bar.update(self.iteration - self.bar.n)
