"""Annotate files as ``spacy bioner annotate`` does, beside bare ``nlp.pipe`` over the same texts.

    python benchmarks/annotate.py MODEL TEXTS [--limit 30000]                      at least 0.9 of nlp.pipe
    python benchmarks/annotate.py MODEL TEXTS --processes 2                        two processes at least 1.7 times one
    python benchmarks/annotate.py MODEL TEXTS --memory 200000                      flat memory over so many documents

TEXTS: any corpus. The two systems have a process each and take turns with as many texts as a shard has; each text is
read once. Ratios are of CPU time, except with --processes: these are of wall time and need an idle machine. Loading the
pipelines, which a long job does once, is not counted. --memory repeats the texts, with new words in each copy, and
fails if the process grows by more than 100 bytes per document over the last half.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import spacy

from spacy_bioner.corpus.annotation.engines import several_processes
from spacy_bioner.corpus.annotation.job import SHARD_SIZE, Job, run_job
from spacy_bioner.corpus.annotation.stream import annotate
from spacy_bioner.corpus.annotation.worker import Task, annotate_shard, freeze_heap
from spacy_bioner.formats import Document, read, write
from spacy_bioner.text_tables import size_text

_STATE: dict[str, Any] = {}


def start(model: str, job: bool) -> None:
    """Load the pipeline in a process of its own; ``job``: as a worker of ``annotate`` does."""
    _STATE["nlp"] = Task(model).load() if job else spacy.load(model)
    if job:
        freeze_heap()


def bare(texts: list[str]) -> float:
    """Return the processor time of nlp.pipe over texts."""
    begin = time.process_time()
    for doc in _STATE["nlp"].pipe(texts):
        _ = doc.ents
    return time.process_time() - begin


def job(source: Path, folder: Path) -> float:
    """Return the processor time of reading, annotating and writing a file."""
    begin = time.process_time()
    annotate_shard(_STATE["nlp"], Task("", lines=".jsonl"), folder, 1, read(source))
    copyfile(folder / "000001.jsonl", folder / "out.jsonl")  # the joining of the shards
    return time.process_time() - begin


def compare(model: str, documents: list[Document], folder: Path) -> float:
    """Return the time of nlp.pipe by that of reading, annotating and writing, over all texts but the first round's."""
    settings: dict[str, Any] = {"mp_context": get_context("spawn"), "initializer": start}
    pipe = ProcessPoolExecutor(1, initargs=(model, False), **settings)
    worker = ProcessPoolExecutor(1, initargs=(model, True), **settings)
    times = [0.0, 0.0]
    rounds = max(2, len(documents) // SHARD_SIZE)
    with pipe, worker:
        for number in range(rounds):
            part = documents[number::rounds]
            source, found = folder / f"{number}.jsonl", folder / f"{number}"
            write(part, source)
            found.mkdir()
            turns = [(pipe, bare, [document.text for document in part]), (worker, job, source, found)]
            spent = [0.0, 0.0]
            for i in (0, 1) if number % 2 else (1, 0):
                pool, function, *values = turns[i]
                spent[i] = pool.submit(function, *values).result()
            words = sum(len(document.text.split()) for document in part)
            speeds = [words / value for value in spent]
            print(
                f"nlp.pipe {speeds[0]:10,.0f} words/s   annotate {speeds[1]:10,.0f}   ratio {spent[0] / spent[1]:.3f}"
            )
            if number:  # the first fills the caches
                times = [total + value for total, value in zip(times, spent, strict=True)]
    return times[0] / times[1]


def processes(model: str, documents: list[Document], number: int, folder: Path) -> float:
    """Return how many times as fast so many processes are as one, from the first shard that is whole to the last."""
    source = folder / "texts.jsonl"
    write(documents, source)
    times = {}
    for count in (1, number):
        marks: list[float] = []

        def engine(task, shards, parts, tick, count=count, marks=marks):  # type: ignore[no-untyped-def]
            for done in several_processes(count)(task, shards, parts, tick):
                marks.append(time.perf_counter())
                yield done

        run_job(Job(str(source), folder / f"{count}.jsonl", Task(model), shard_size=50), engine)
        # The first shards come when the pipelines are loaded: what is measured begins with the last of them.
        times[count] = (marks[-1] - marks[count - 1]) / (len(marks) - count)
        print(f"{count} processes: {times[count]:.3f} s a shard")
    return times[1] / times[number]


def memory(model: str, documents: list[Document], total: int) -> float:
    """Return by how many bytes a document the process grows over the last half."""
    nlp = spacy.load(model)

    def endless() -> Iterator[Document]:
        for number, document in enumerate(islice(cycle(documents), total)):
            yield Document(f"{document.text} unique{number}", id=str(number))

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    start, before = time.perf_counter(), 0
    for number, _ in enumerate(annotate(nlp, endless(), forget=True), 1):
        if number == total // 2:
            before = resident()
        if number % max(1, total // 20) == 0:
            rate = number / (time.perf_counter() - start)
            held = f"{size_text(resident()):>10}  {len(nlp.vocab.strings):9,} strings"
            print(f"{number:9,} documents  {held}  {rate:,.0f}/s", flush=True)
    return (resident() - before) / (total - total // 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("texts")
    parser.add_argument("--limit", type=int, default=30000)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--memory", type=int)
    given = parser.parse_args()
    documents = [Document(d.text, id=str(i)) for i, d in enumerate(islice(read(given.texts), given.limit))]
    with TemporaryDirectory() as name:
        if given.processes:
            value, target, fine = (
                processes(given.model, documents, given.processes, Path(name)),
                "1.7",
                lambda x: x >= 1.7,
            )
        elif given.memory:
            value, target, fine = memory(given.model, documents, given.memory), "at most 100", lambda x: x <= 100
        else:
            value, target, fine = compare(given.model, documents, Path(name)), "0.9", lambda x: x >= 0.9
    print(f"{value:.3f} (target {target})")
    raise SystemExit(not fine(value))


if __name__ == "__main__":
    main()
