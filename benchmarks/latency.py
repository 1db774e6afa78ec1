"""One text at a time, as a service gets them: the time of ``nlp(text)`` for a sentence, pipelines in turns.

    python benchmarks/latency.py TEST NAME=PIPELINE[@SOURCE]... --warm DEVEL [--threads 1] [--busy N]
        [--against FIRST SECOND N]

TEST and DEVEL are annotated files in any format, of which the text of each document is read (of a column file, each
sentence). A pipeline is a folder, or ``spacy`` for spaCy's own ``ner`` over its default encoder with random weights.
With SOURCE it runs by the ``spacy_bioner`` in that folder, such as an earlier commit's. Each pipeline has a process of
its own; the processes take turns, fifty texts each. A process first reads DEVEL, so that its caches of words are as
full as those of a service that has run for a while; each text of TEST is then read once.

--threads: OMP_NUM_THREADS; 0 leaves the libraries their own number, one thread a core.
--busy: so many other processes that keep a core busy each.
--against: fails if the median processor time of FIRST is more than N times that of SECOND.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

PORTION = 50
_STATE: dict[str, Any] = {}


def spacy_ner(texts: list[str]) -> Any:
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("X")
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc(text), {}) for text in texts[:10]])
    return nlp


def load(pipeline: str, warm: list[str]) -> None:
    pipeline, _, source = pipeline.partition("@")
    if source:
        sys.path.insert(0, source)
    import spacy

    _STATE["nlp"] = nlp = spacy_ner(warm) if pipeline == "spacy" else spacy.load(pipeline)
    for text in warm:
        nlp(text)


def measure(texts: list[str]) -> list[tuple[float, float]]:
    """Return the milliseconds of each text, by the clock and of the processor, all threads together."""
    nlp = _STATE["nlp"]
    times = []
    for text in texts:
        wall, own = time.perf_counter(), time.process_time()
        nlp(text)
        times.append((1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - own)))
    return times


def spin() -> None:
    while True:
        pass


def read_texts(path: Path, limit: int) -> list[str]:
    import spacy

    from spacy_bioner.training.corpora import Corpus

    nlp = spacy.blank("en")
    return [example.reference.text for example in Corpus(path, limit=limit)(nlp)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test", type=Path)
    parser.add_argument("pipelines", nargs="+", metavar="NAME=PIPELINE")
    parser.add_argument("--warm", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=0, help="read at most so many texts of each file; 0 for all")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--against", nargs=3, metavar=("FIRST", "SECOND", "N"))
    args = parser.parse_args()
    os.environ.pop("OMP_NUM_THREADS", None)
    if args.threads:
        os.environ["OMP_NUM_THREADS"] = str(args.threads)

    texts, warm = read_texts(args.test, args.limit), read_texts(args.warm, args.limit)
    spawn = multiprocessing.get_context("spawn")
    pipelines = dict(named.split("=", 1) for named in args.pipelines)
    workers = {
        name: ProcessPoolExecutor(1, spawn, initializer=load, initargs=(pipeline, warm))
        for name, pipeline in pipelines.items()
    }
    for ready in [worker.submit(measure, []) for worker in workers.values()]:  # all load at once
        ready.result()
    others = [spawn.Process(target=spin, daemon=True) for _ in range(args.busy)]
    for other in others:
        other.start()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in workers}
    for start in range(0, len(texts), PORTION):
        for name, worker in workers.items():
            times[name] += worker.submit(measure, texts[start : start + PORTION]).result()
    for other in others:
        other.terminate()
    print(f"{len(texts)} texts; ms a text: median, 90th percentile, mean; all texts, s")
    medians = {}
    for name, values in times.items():
        for clock, column in zip(("wall", "processor"), np.array(values).T, strict=True):
            middle, high = np.percentile(column, [50, 90])
            medians[name] = middle
            print(f"{name:12} {clock:9} {middle:8.3f} {high:8.3f} {column.mean():8.3f} {column.sum() / 1000:8.2f}")
    if args.against:
        first, second, most = args.against
        ratio = medians[first] / medians[second]
        print(f"{first} / {second}, processor time: {ratio:.2f}, target at most {most}")
        sys.exit(int(ratio > float(most)))


if __name__ == "__main__":
    main()
