"""Fit a CRF with crfsuite (Okazaki 2007), through python-crfsuite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from ...errors import BionerError, require
from .progress import progress

Algorithm = Literal["lbfgs", "l2sgd", "ap", "pa", "arow"]

_ITERATION = re.compile(r"\*{5} (?:Iteration|Epoch) #(\d+)")
_LOSS = re.compile(r"Loss: (\S+)")


def fit(
    sequences: Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]],
    algorithm: Algorithm,
    parameters: Mapping[str, Any],
) -> bytes:
    """Return the bytes of crfsuite's model of these sequences: of each token the features, and its tag.

    parameters: crfsuite's, by its own names; those that the algorithm does not have are left out.

    A line on stderr tells the iteration and the loss. crfsuite can only write to a file: it does so in a
    temporary folder, which is gone afterwards also where fitting fails or is interrupted. Raises B411 where it fails.
    """
    trainer = _make_trainer(algorithm, parameters)
    for features, tags in sequences:
        trainer.append(features, tags)
    listener = trainer.listener = Listener(parameters.get("max_iterations"))
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
    """Reads what crfsuite says while it fits, and shows how far it is."""

    def __init__(self, max_iterations: int | None) -> None:
        self.bar = progress(title="bioner_crf", total=max_iterations)
        self.iteration = 0
        self.tail = ""

    def read(self, message: str) -> None:
        """Take one message, a line or a part of one."""
        self.tail = (self.tail + message.replace("\n", " "))[-300:]
        if found := _ITERATION.match(message):
            self.iteration = int(found[1])
        elif found := _LOSS.match(message):
            self.bar.set_postfix(loss=found[1], refresh=False)
            self.bar.update(self.iteration - self.bar.n)
