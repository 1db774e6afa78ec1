"""Engines that run the shards of a job: this process, or several processes on this machine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from spacy.language import Language

from ...documents.document import Document
from ...errors import BionerError
from .counts import Counts
from .worker import Task, Tick, annotate_shard, document_in_work, end_with_parent, freeze_heap

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

    They are spawned, never forked: a fork after torch has started its threads can hang. Each has one thread. If one is
    killed, the shards that were in work are annotated one after the other, and a document at which a process is killed
    again is set aside: see ``_singly``.
    """

    def run(task: Task, shards: Iterable[Shard], folder: Path, tick: Tick | None) -> Iterator[tuple[int, Counts]]:
        stream = iter(shards)
        in_work: dict[int, Shard] = {}
        while True:
            try:
                yield from _together(n_process, task, stream, folder, in_work)
                return
            except BrokenProcessPool:
                yield from _singly(task, list(in_work.values()), folder)
                in_work.clear()

    return run


def _together(
    n_process: int, task: Task, shards: Iterator[Shard], folder: Path, in_work: dict[int, Shard]
) -> Iterator[tuple[int, Counts]]:
    """Run the shards in so many processes; ``in_work`` has those that have no result yet, by number.

    Raises BrokenProcessPool if a process is killed, and with it all of them.
    """
    with _pool(n_process, task, folder) as pool:
        running: set[Future[tuple[int, Counts]]] = set()
        for shard in shards:
            in_work[shard[0]] = shard
            running.add(pool.submit(_run, shard))
            # Two shards per process in flight: no process waits for the reader, and memory stays bounded.
            while len(running) >= 2 * n_process:
                running = yield from _finished(running, in_work)
        while running:
            running = yield from _finished(running, in_work)


def _finished(
    running: set[Future[tuple[int, Counts]]], in_work: dict[int, Shard]
) -> Generator[tuple[int, Counts], None, set[Future[tuple[int, Counts]]]]:
    """Wait for a result, yield those that there are, and return the others."""
    done, running = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        number, counts = future.result()
        del in_work[number]
        yield number, counts
    return running


def _singly(task: Task, shards: list[Shard], folder: Path) -> Iterator[tuple[int, Counts]]:
    """Run shards, in one of which a process was killed, in one process, a document at a time.

    If it is killed too, the shard starts again in a new process, without the document in work if that is the second
    time. Raises B278 if a process is killed as it loads the pipeline.
    """
    killers: set[int] = set()
    last: int | None = None
    while shards:
        try:
            with _pool(1, task, folder) as pool:
                while shards:
                    yield pool.submit(_run, shards[0], frozenset(killers)).result()
                    del shards[0]
                    killers, last = set(), None
        except BrokenProcessPool as err:
            place = document_in_work(folder, shards[0][0])
            if place is None:
                raise BionerError("B278") from err
            if place == last:
                killers.add(place)
            last = place


@contextmanager
def _pool(n_process: int, task: Task, folder: Path) -> Iterator[ProcessPoolExecutor]:
    """Yield processes that have loaded the pipeline; after an error what waits for them is not begun."""
    context = get_context("spawn")
    with ProcessPoolExecutor(n_process, mp_context=context, initializer=_start, initargs=(task, str(folder))) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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


def _run(shard: Shard, killers: frozenset[int] | None = None) -> tuple[int, Counts]:
    number, documents = shard
    counts = annotate_shard(_STATE["nlp"], _STATE["task"], _STATE["folder"], number, documents, killers=killers)
    return number, counts
