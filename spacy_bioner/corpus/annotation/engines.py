"""Engines that run the shards of a job: this process, or several processes on this machine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from spacy.language import Language

from ...documents.document import Document
from ...errors import BionerError
from .counts import Counts
from .worker import Task, Tick, annotate_shard, end_with_parent, freeze_heap

Shard = tuple[int, list[Document]]
Engine = Callable[[Task, Iterable[Shard], Path, Tick | None], Iterator[tuple[int, Counts]]]
"""Runs shards and yields the number and the counts of each complete one, in any order."""


def one_process(
    task: Task, shards: Iterable[Shard], folder: Path, tick: Tick | None, nlp: Language | None = None
) -> Iterator[tuple[int, Counts]]:
    """Run the shards one after the other in this process. nlp: the pipeline of the task, if it is loaded already."""
    frozen = False
    try:
        for number, documents in shards:
            if nlp is None:
                nlp = task.load()
            if not gc.get_freeze_count():  # else it is another's, who undoes it
                freeze_heap()
                frozen = True
            yield number, annotate_shard(nlp, task, folder, number, documents, tick)
    finally:
        if frozen:
            gc.unfreeze()


def several_processes(n_process: int) -> Engine:
    """Return an engine with this number of processes on this machine.

    They are spawned, never forked: a fork after torch has started its threads can hang. Each has one thread.
    """

    def run(task: Task, shards: Iterable[Shard], folder: Path, tick: Tick | None) -> Iterator[tuple[int, Counts]]:
        context = get_context("spawn")
        pool = ProcessPoolExecutor(n_process, mp_context=context, initializer=_start, initargs=(task, str(folder)))
        with pool:
            running: set[Future[tuple[int, Counts]]] = set()
            try:
                for shard in shards:
                    running.add(pool.submit(_run, shard))
                    # Two shards per process in flight: no process waits for the reader, and memory stays bounded.
                    while len(running) >= 2 * n_process:
                        done, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            except BrokenProcessPool as err:
                raise BionerError("B278") from err
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    return run


_STATE: dict[str, Any] = {}
"""The state of a spawned process: its pipeline, task and folder."""


def _start(task: Task, folder: str) -> None:
    from threadpoolctl import threadpool_limits

    end_with_parent()
    _STATE["limits"] = threadpool_limits(1)
    nlp = task.load()
    if "torch" in __import__("sys").modules:
        import torch

        torch.set_num_threads(1)
    _STATE.update(task=task, folder=Path(folder), nlp=nlp)
    freeze_heap()


def _run(shard: Shard) -> tuple[int, Counts]:
    number, documents = shard
    return number, annotate_shard(_STATE["nlp"], _STATE["task"], _STATE["folder"], number, documents)
