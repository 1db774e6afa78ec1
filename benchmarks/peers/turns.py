"""Two processes that take turns, and what their times say."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SIDES = ("ours", "peer")
QUIET = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1") | {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "PYTHONHASHSEED": "0",
}
"""One thread each, and nothing fetched."""


class PeerError(Exception):
    """A side failed: the message says which and how."""


class Measure(NamedTuple):
    """A task that both sides do.

    unit: ``s`` for seconds, else work a second, of which one unit is ``size``. learns: a round for each seed, scored
    after each; otherwise a number of rounds, after one that does not count.
    """

    task: str
    title: str
    unit: str
    size: float = 1.0
    learns: bool = False
    warm: bool = True


class Worker:
    """A script of this folder as a process, which answers a line with a line."""

    def __init__(self, side: str, python: Path, script: str, system: str, settings: dict[str, Any], log: Path) -> None:
        self.side, self.log = side, log
        command = [str(python), str(HERE / script), system, json.dumps(settings)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("w", encoding="utf-8"),
            text=True,
            env={**os.environ, **QUIET},
        )
        self.read()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"the process stopped with {self.process.wait()}"}
        if "error" in answer:
            raise PeerError(f"{self.side}: {answer['error'][:300]}")
        return answer

    def ask(self, task: str, **given: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        print(json.dumps({"task": task, "given": given}), file=self.process.stdin, flush=True)
        return self.read()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


Ask = Callable[..., dict[str, Any]]


def alternate(asks: dict[str, Ask], measure: Measure, turns: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
    """Return the answers of each side, which take turns; those of a task that learns hold what it finds then."""
    answers: dict[str, list[dict[str, Any]]] = {side: [] for side in asks}
    if measure.warm and not measure.learns:
        for ask in asks.values():
            ask(measure.task)
    for turn in turns:
        for side, ask in asks.items():
            answer = ask(measure.task, seed=turn) if measure.learns else ask(measure.task)
            answers[side].append(answer | (ask("result") if measure.learns else {}))
    return answers


def value(answer: dict[str, Any], measure: Measure, clock: str) -> float:
    """Return the figure of an answer in the unit of its measure."""
    seconds = max(answer[clock], 1e-9)
    return seconds if measure.unit == "s" else answer["amount"] / measure.size / seconds


def spread(values: Iterable[float]) -> list[float]:
    """Return the median, the least and the greatest."""
    found = sorted(values)
    return [median(found), found[0], found[-1]]


def score(found: list[list[Any]], gold: list[list[Any]]) -> list[float]:
    """Return precision, recall and F1 of exact spans in percent."""
    ours, right = set(map(tuple, found)), set(map(tuple, gold))
    both = len(ours & right)
    return [
        100 * part / whole if whole else 0.0
        for part, whole in zip((both, both, 2 * both), (len(ours), len(right), len(ours) + len(right)), strict=True)
    ]


def agreement(ours: list[list[Any]], peer: list[list[Any]], known: set[str] | None = None) -> dict[str, int]:
    """Return how many rows both have, and each alone; of those of the peer, how many overlap one of ours.

    A row is a document, start, end and something more. Where that is the text, and ``known`` are the terms in lower
    case, ``spelled`` counts our own finds that are not spelled as any term, ``short`` those of the peer alone of
    fewer than five characters.
    """
    mine, theirs = set(map(tuple, ours)), set(map(tuple, peer))
    at: dict[Any, list[tuple]] = {}
    for row in mine:
        at.setdefault(row[0], []).append(row)
    alone = theirs - mine
    overlap = sum(any(row[1] < other[2] and other[1] < row[2] for other in at.get(row[0], ())) for row in alone)
    found = {"both": len(mine & theirs), "ours": len(mine - theirs), "peer": len(alone), "overlap": overlap}
    if known is not None:
        found["spelled"] = sum(row[3].lower() not in known for row in mine - theirs)
        found["short"] = sum(len(row[3]) < 5 for row in alone)
    return found
