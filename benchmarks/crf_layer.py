"""Speed of the CRF decoder beside torchcrf (PyPI: pytorch-crf), and whether their numbers and tags agree.

usage: python benchmarks/crf_layer.py [--rounds 60] [--threads 1 2] [--clock wall|cpu]

Both have the same scores; in torchcrf, transitions that the scheme forbids score -10,000. Measured are the loss with
all its gradients (emissions, transitions, starts, ends) and decoding, each from the input format of the library: arrays
of sentences for ours, one padded tensor (steps first, its faster layout) and a mask for torchcrf. The two take turns,
and medians are compared; each number of threads has its own process. On a machine that is not idle, use ``--clock cpu
--threads 1`` for CPU time. Fails if a speed is below its target, if loss or gradients differ, if a sentence has other
tags in a batch than alone, or if torchcrf finds a better sequence.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from spacy_bioner.ml.decoding.decoders import build_decoder, decode, loss_and_gradient
from spacy_bioner.tags import encode, tag_set, transitions

NEVER = -10_000.0
PARAMS = {"start": "start_transitions", "transitions": "transitions", "end": "end_transitions"}


class Case(NamedTuple):
    name: str
    lengths: list[int]
    labels: str
    scheme: str
    target: float  # how many times faster loss and gradient must be


VITERBI_TARGET = 3.0
RNG = np.random.default_rng(0)
CASES = [
    Case("32 x 30, 9 tags", [30] * 32, "ABCD", "BIO", 7.0),
    Case("32 x 5-55, 9 tags", RNG.integers(5, 56, size=32).tolist(), "ABCD", "BIO", 7.0),
    Case("32 x 100, 21 tags", [100] * 32, "ABCDE", "IOBES", 5.0),
    Case("32 x 20-180, 21 tags", RNG.integers(20, 181, size=32).tolist(), "ABCDE", "IOBES", 5.0),
]


class Pair:
    """The two libraries over one case: the same scores, emissions and gold tags."""

    def __init__(self, case: Case) -> None:
        import torch
        from torchcrf import CRF

        tags = tag_set(case.labels, case.scheme)
        size, longest = len(tags), max(case.lengths)
        allowed, first, last = transitions(tags, case.scheme)
        self.decoder = build_decoder("crf", case.scheme, tags)
        self.decoder.initialize()
        self.crf = CRF(size)
        for (name, torch_name), mask in zip(PARAMS.items(), (first, allowed, last), strict=True):
            values = RNG.normal(size=mask.shape).astype(np.float32)
            self.decoder.set_param(name, values)
            getattr(self.crf, torch_name).data = torch.from_numpy(np.where(mask, values, np.float32(NEVER)))
        self.scores = [(RNG.normal(size=(n, size)) * 2).astype(np.float32) for n in case.lengths]
        self.gold = []
        for n in case.lengths:
            spans = [(i, i + int(RNG.integers(1, 4)), str(RNG.choice(list(case.labels)))) for i in range(0, n - 4, 5)]
            self.gold.append(np.array([tags.index(tag) for tag in encode(spans, n, case.scheme)]))
        emissions = np.zeros((longest, len(case.lengths), size), dtype=np.float32)
        gold = np.zeros((longest, len(case.lengths)), dtype=np.int64)
        for i, (score, rows) in enumerate(zip(self.scores, self.gold, strict=True)):
            emissions[: len(score), i], gold[: len(rows), i] = score, rows
        self.emissions = torch.from_numpy(emissions).requires_grad_()
        self.torch_gold = torch.from_numpy(gold)
        self.mask = torch.arange(longest)[:, None] < torch.tensor(case.lengths)

    def loss(self) -> float:
        for name in PARAMS:
            self.decoder.set_grad(name, np.zeros_like(self.decoder.get_param(name)))
        loss, self.d_scores = loss_and_gradient(self.decoder, self.scores, self.gold)
        return loss

    def torch_loss(self) -> float:
        self.emissions.grad = None
        self.crf.zero_grad(set_to_none=True)
        loss = -self.crf(self.emissions, self.torch_gold, self.mask)
        loss.backward()
        return loss.item()

    def decode(self) -> list[np.ndarray]:
        return decode(self.decoder, self.scores)

    def torch_decode(self) -> list[list[int]]:
        return self.crf.decode(self.emissions, self.mask)

    def path_score(self, i: int, rows: np.ndarray) -> float:
        start, table, end = (self.decoder.get_param(name).astype(np.float64) for name in PARAMS)
        inside = sum(table[a, b] for a, b in pairwise(rows)) + self.scores[i][np.arange(len(rows)), rows].sum()
        return float(start[rows[0]] + inside + end[rows[-1]])

    def disagreements(self) -> list[str]:
        """Return the disagreements of the two libraries, and our sentences tagged differently in a batch."""
        found = []
        ours, theirs = self.loss(), self.torch_loss()
        if abs(ours - theirs) > 1e-4 * abs(theirs):
            found.append(f"loss {ours} against {theirs}")
        pairs = [(d, self.emissions.grad[: len(d), i].numpy()) for i, d in enumerate(self.d_scores)]
        pairs += [(self.decoder.get_grad(a), getattr(self.crf, b).grad.numpy()) for a, b in PARAMS.items()]
        error = max(float(np.abs(a - b).max()) for a, b in pairs)
        if error > 1e-2:
            found.append(f"gradients differ by {error}")
        for i, (rows, torch_rows) in enumerate(zip(self.decode(), self.torch_decode(), strict=True)):
            if decode(self.decoder, [self.scores[i]])[0].tolist() != rows.tolist():
                found.append(f"sentence {i} has other tags alone")
            if self.path_score(i, np.array(torch_rows)) > self.path_score(i, rows) + 1e-3:
                found.append(f"torchcrf's tags of sentence {i} score more")
        return found

    def same_tags(self) -> int:
        return sum(a.tolist() == b for a, b in zip(self.decode(), self.torch_decode(), strict=True))


def take_turns(functions: list[Callable[[], object]], rounds: int, clock: Callable[[], float]) -> list[float]:
    """Median milliseconds of each function."""
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, taken in zip(functions, seconds, strict=True):
            start = clock()
            function()
            taken.append(clock() - start)
    return [median(taken) * 1000 for taken in seconds]


def measure(threads: int, rounds: int, clock: Callable[[], float]) -> int:
    import torch

    torch.set_num_threads(threads)
    failed = 0
    for case in CASES:
        pair = Pair(case)
        problems = pair.disagreements()
        loss, torch_loss = take_turns([pair.loss, pair.torch_loss], rounds, clock)
        viterbi, torch_viterbi = take_turns([pair.decode, pair.torch_decode], rounds, clock)
        if torch_loss / loss < case.target:
            problems.append(f"loss and gradient below {case.target:g} times")
        if torch_viterbi / viterbi < VITERBI_TARGET:
            problems.append(f"decoding below {VITERBI_TARGET:g} times")
        print(
            f"{threads:7}  {case.name:20} {loss:8.2f} {torch_loss:9.2f} {torch_loss / loss:6.1f}x "
            f"{viterbi:9.2f} {torch_viterbi:9.2f} {torch_viterbi / viterbi:6.1f}x  "
            f"{pair.same_tags()}/{len(case.lengths)}  {'; '.join(problems)}",
            flush=True,
        )
        failed |= bool(problems)
    return int(failed)


def main(arguments: argparse.Namespace) -> int:
    clock = time.process_time if arguments.clock == "cpu" else time.perf_counter
    if arguments.here:
        return measure(arguments.threads[0], arguments.rounds, clock)
    print(f"{'':29} loss and gradient, ms {'':8} decoding, ms   ({arguments.clock} clock)")
    print("threads  batch                    ours  torchcrf  ratio      ours  torchcrf   ratio  same tags", flush=True)
    failed = 0
    for threads in arguments.threads:
        counts = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        command = [sys.executable, __file__, "--here", "--threads", str(threads)]
        command += ["--rounds", str(arguments.rounds), "--clock", arguments.clock]
        failed |= subprocess.run(command, env={**os.environ, **counts}, check=False).returncode
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    sys.exit(main(parser.parse_args()))
