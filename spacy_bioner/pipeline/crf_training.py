"""Fit a CRF with crfsuite (Okazaki 2007), through python-crfsuite, which sklearn-crfsuite brings."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from spacy.util import logger

from ..errors import BionerError, require

Algorithm = Literal["lbfgs", "l2sgd", "ap", "pa", "arow"]

_SECONDS = 3.0
"""From one line of progress to the next."""

_ITERATION = re.compile(r"\*{5} (?:Iteration|Epoch) #(\d+)")
_LOSS = re.compile(r"Loss: (\S+)")
_FEATURES = re.compile(r"Number of features: (\d+)")


def fit(
    sequences: Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]],
    algorithm: Algorithm,
    parameters: Mapping[str, Any],
) -> bytes:
    """Return the bytes of crfsuite's model of these sequences: of each token the features, and its tag.

    parameters: crfsuite's, by its own names; those that the algorithm does not have are left out.

    The log tells the iteration and the loss every few seconds. crfsuite can only write to a file: it does so in a
    temporary folder, which is gone afterwards also where fitting fails or is interrupted. Raises B411 where it fails.
    """
    trainer = _make_trainer(algorithm, parameters)
    for features, tags in sequences:
        trainer.append(features, tags)
    with TemporaryDirectory(prefix="bioner-crf-") as folder:
        path = Path(folder) / "model.crfsuite"
        try:
            trainer.train(str(path))
        except require("pycrfsuite", "crf").CRFSuiteError as error:
            raise BionerError("B411", algorithm=algorithm, reason=error, log=trainer.progress.tail) from error
        if not path.exists():
            raise BionerError("B411", algorithm=algorithm, reason="no model", log=trainer.progress.tail)
        trainer.progress.finish()
        return path.read_bytes()


def _make_trainer(algorithm: Algorithm, parameters: Mapping[str, Any]) -> Any:
    pycrfsuite = require("pycrfsuite", "crf")

    class Trainer(pycrfsuite.BaseTrainer):  # type: ignore[name-defined]
        progress: Progress

        def message(self, message: str) -> None:
            self.progress.read(message)

    trainer = Trainer(algorithm)
    trainer.progress = Progress()
    known = set(trainer.params())
    trainer.set_params({name: value for name, value in parameters.items() if name in known})
    return trainer


class Progress:
    """Reads what crfsuite says while it fits, and logs a line every few seconds."""

    def __init__(self) -> None:
        self.started = self.said = time.monotonic()
        self.features = self.iteration = 0
        self.loss = ""
        self.tail = ""

    def read(self, message: str) -> None:
        """Take one message, a line or a part of one."""
        self.tail = (self.tail + message.replace("\n", " "))[-300:]
        if found := _FEATURES.match(message):
            self.features = int(found[1])
        elif found := _ITERATION.match(message):
            self.iteration = int(found[1])
        elif found := _LOSS.match(message):
            self.loss = found[1]
            if time.monotonic() - self.said > _SECONDS:
                self.said = time.monotonic()
                logger.info("bioner_crf: iteration %d, loss %s, %.0f s", self.iteration, self.loss, self.seconds)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def finish(self) -> None:
        """Log the whole."""
        logger.info(
            "bioner_crf: fitted %d features in %d iterations, %.0f s, loss %s",
            self.features,
            self.iteration,
            self.seconds,
            self.loss,
        )
