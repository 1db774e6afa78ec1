"""spaCy's training loop, saved from time to time, and resumed by a replay of the steps that are done."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from spacy.language import Language
from spacy.training import loop
from spacy.util import logger
from thinc.api import Optimizer

from ...formats.whole_folder import whole_folder
from .state import encode, fits, read_state, set_random, write_state

STATE = "state.json"
BEST = loop.DIR_MODEL_BEST

SAVE_EVERY = 300.0
"""Seconds between two savings of commands: a saving of BERT's size takes one or two."""

Evaluate = Callable[[], tuple[float, dict[str, Any]]]


class ResumableTraining:
    """Saves a training every so often; the same training, started again, goes on from there.

    folder: of what is saved, some three times the size of the weights; replaced as a whole each time.
    output: the folder of ``model-best`` and ``model-last``.
    key: what the training depends on: config, data, versions. A state with another key is not used.
    every: seconds between two savings.

    A resumed training has the batches, rates, weights and random numbers of one that was never killed. What is not
    saved: the random numbers of cupy, and the scale of gradients in mixed precision on a GPU.
    """

    # spaCy's loop is a generator, and so are the batches and the schedules; none can be saved. So all steps that are
    # done run once more, without the networks: batches are drawn, schedules and patience advance, and the evaluations
    # are those that were recorded. This takes as long as reading the corpus. Then the weights, the moments and the
    # random states are set.

    def __init__(self, folder: Path, output: Path, key: Mapping[str, Any], every: float) -> None:
        self.folder = folder
        self.output = output
        self.key = json.loads(encode(key))
        self.every = every
        self.seconds = self.processor_seconds = 0.0
        """Time that the earlier processes of this training took until they last saved it."""

    @contextmanager
    def instead(self) -> Iterator[None]:
        """Let ``spacy.training.loop.train`` train by this loop within a context; makes the output folder."""
        self.output.mkdir(parents=True, exist_ok=True)
        # spaCy has no hook that is given the optimizer and called after each step.
        loop.train_while_improving = self.run
        try:
            yield
        finally:
            loop.train_while_improving = TRAIN

    def run(
        self, nlp: Language, optimizer: Optimizer, train_data: Any, evaluate: Evaluate, **settings: Any
    ) -> Iterator[tuple[Any, dict[str, Any], bool | None]]:
        """Train as spaCy's ``train_while_improving`` does, of which these are the arguments and the results."""
        saved = self._read(nlp) or {"steps": 0, "seconds": 0.0, "processor_seconds": 0.0}
        done = saved["steps"]
        self.seconds, self.processor_seconds = saved["seconds"], saved["processor_seconds"]
        evaluations: list[dict[str, Any]] = saved.get("evaluations", [])
        shuffles: dict[str, Any] = saved.get("shuffles", {})
        recorded = iter(list(evaluations))
        last: dict[str, Any] = {}
        steps = 0
        written = start = perf_counter()
        begin = process_time()

        def score() -> tuple[float, dict[str, Any]]:
            nonlocal last
            if steps < done:
                last = next(recorded)
            else:
                value, scores = evaluate()
                last = {"score": value, "scores": scores}
                evaluations.append(last)
            return last["score"], last["scores"]

        if done:
            _replay(nlp)
        batches = _shuffled_alike(train_data, shuffles, done)
        for batch, info, best in TRAIN(nlp, optimizer, batches, score, **settings):
            steps += 1
            if best is not None:
                info["losses"] = last.setdefault("losses", dict(info["losses"]))
            yield batch, {**info, "seconds": int(info["seconds"] + self.seconds)}, best
            if steps == done:
                _end_replay(nlp)
                read_state(self.folder, saved["state"], nlp, optimizer)
                self._restore_best()
                logger.info("Resumed after step %d", done)
                written = perf_counter()
            elif steps > done and perf_counter() - written >= self.every:
                seconds = self.seconds + perf_counter() - start
                used = {"seconds": seconds, "processor_seconds": self.processor_seconds + process_time() - begin}
                self._write(steps, nlp, optimizer, {"evaluations": evaluations, "shuffles": shuffles, **used})
                written = perf_counter()

    def _read(self, nlp: Language) -> dict[str, Any] | None:
        """Return what was saved, if it is of this training."""
        file = self.folder / STATE
        if not file.is_file():
            return None
        saved: dict[str, Any] = json.loads(file.read_text(encoding="utf8"))
        return saved if saved["key"] == self.key and fits(saved["state"], nlp) else None

    def _write(self, steps: int, nlp: Language, optimizer: Optimizer, values: Mapping[str, Any]) -> None:
        with whole_folder(self.folder, overwrite=True, replaceable=lambda file: True) as folder:
            state = write_state(folder, nlp, optimizer)
            if (self.output / BEST).is_dir():
                shutil.copytree(self.output / BEST, folder / BEST, copy_function=_link)
            saved = {"key": self.key, "steps": steps, "state": state, **values}
            (folder / STATE).write_text(encode(saved), encoding="utf8")

    def _restore_best(self) -> None:
        held = self.folder / BEST
        if held.is_dir():
            shutil.rmtree(self.output / BEST, ignore_errors=True)
            shutil.copytree(held, self.output / BEST, copy_function=_link)


TRAIN = loop.train_while_improving
"""spaCy's own, which is replaced within ``instead``."""


def _link(source: str, target: str) -> None:
    """Copy a file of a pipeline by a link: spaCy replaces such files, and changes none."""
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def _shuffled_alike(train_data: Iterable[tuple[int, Any]], shuffles: dict[str, Any], done: int) -> Iterator[Any]:
    """Yield batches; shuffle the first ``done`` of them as recorded, and record how the others are.

    shuffles: the states of ``random`` from which epochs were shuffled, by the number of their first step. A network
        may draw numbers, too (spacy-transformers does), and in a replay it does not.
    """
    batches = iter(train_data)
    last = None
    for step in count():
        if step < done and str(step) in shuffles:
            set_random(shuffles[str(step)])
        before = random.getstate()
        try:
            epoch, batch = next(batches)
        except StopIteration:
            return
        if epoch != last and step >= done:
            shuffles[str(step)] = before
        last = epoch
        yield epoch, batch


def _replay(nlp: Language) -> None:
    """Let a pipeline neither learn nor be saved, until ``_end_replay``."""
    nlp.update = lambda *args, **settings: {}  # type: ignore[method-assign]
    nlp.to_disk = lambda path, **settings: Path(path).mkdir(exist_ok=True)  # type: ignore[method-assign]


def _end_replay(nlp: Language) -> None:
    del nlp.update, nlp.to_disk
