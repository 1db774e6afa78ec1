"""The BiLSTM-CRF at the sizes of Sachan et al. (2018) against a bare torch loop and against flair.

    python benchmarks/bilstm.py NCBI-disease/train.tsv --flair-python /root/flairvenv/bin/python

TEXT is a column file, `token TAB tag`, BIO, a blank line between sentences. Each system runs in a process of its own,
and the processes take turns: one trains a few batches of 1,000 words while the others wait, then the next; the same
for prediction. `bilstm_workers.py` describes the systems and how their work differs. `--flair-python` is an interpreter
with flair installed (flair pins other versions than ours); without it flair is left out.

Wall time is measured; on a machine that is not idle, use `--clock cpu --threads 1` for CPU time.

Exits with 1 if a ratio is below its target.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

TARGET = {("train", "bare"): 1.3, ("predict", "bare"): 0.8, ("train", "flair"): 2.0, ("predict", "flair"): 2.0}
"""Words per second of ours, as a multiple of the other's."""

WORKERS = Path(__file__).with_name("bilstm_workers.py")


class Worker:
    """A process that answers each line `train` or `predict` with how many words it did and how long it took."""

    def __init__(self, name: str, python: str, arguments: list[str]) -> None:
        command = [python, str(WORKERS), name, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("ready")

    def ask(self, what: str) -> dict:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(what, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"the process stopped with {self.process.wait()}")

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def measure(workers: dict[str, Worker], task: str, rounds: int, clock: str) -> dict[str, list[float]]:
    """Words per second of each worker in each round, after one round that does not count."""
    speeds: dict[str, list[float]] = {name: [] for name in workers}
    for turn in range(rounds + 1):
        for name, worker in workers.items():
            answer = worker.ask(task)
            if turn:
                speeds[name].append(answer["words"] / answer[clock])
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--flair-python")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sentences", type=int, default=5000, help="read at most so many")
    args = parser.parse_args()

    pythons = {"ours": sys.executable, "bare": sys.executable}
    if args.flair_python:
        pythons["flair"] = args.flair_python
    arguments = [str(args.text), str(args.threads), str(args.sentences)]
    workers = {name: Worker(name, python, arguments) for name, python in pythons.items()}
    fell_short = False
    for task in ("train", "predict"):
        speeds = measure(workers, task, args.rounds, args.clock)
        medians = {name: statistics.median(values) for name, values in speeds.items()}
        for name, values in speeds.items():
            extremes = f"{min(values):,.0f} to {max(values):,.0f}"
            print(f"{task:8} {name:6} {medians[name]:8,.0f} words/s by the {args.clock} clock ({extremes})")
        for name in workers:
            if name != "ours":
                each = [a / b for a, b in zip(speeds["ours"], speeds[name], strict=True)]
                ratio, target = medians["ours"] / medians[name], TARGET[task, name]
                fell_short |= ratio < target
                print(f"{task:8} ours / {name}: {ratio:.2f} ({min(each):.2f} to {max(each):.2f}), target {target}")
    for line in workers["ours"].ask("profile")["lines"]:
        print(line)
    for worker in workers.values():
        worker.stop()
    sys.exit(fell_short)


if __name__ == "__main__":
    main()
