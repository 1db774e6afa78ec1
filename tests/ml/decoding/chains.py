"""Random chains, and what the tests check linear chains against: enumeration, and a plain log-space recursion."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np

from spacy_bioner.ml.decoding.linear_chain import Chain, Masks
from spacy_bioner.tags import tag_set

Paths = dict[tuple[int, ...], float]


def free_chain(rng: np.random.Generator, size: int, scale: float = 1.0) -> Chain:
    start, transitions, end = rng.normal(size=size), rng.normal(size=(size, size)), rng.normal(size=size)
    return Chain(start * scale, transitions * scale, end * scale, mixing=1)


def scheme_chain(rng: np.random.Generator, scheme: str, labels: Sequence[str], scale: float = 1.0) -> Chain:
    tags = tag_set(labels, scheme)
    free = free_chain(rng, len(tags), scale)
    return Masks.of(tags, scheme).chain(free.start, free.transitions, free.end)


def cut(flat, lengths):
    return np.split(flat, np.cumsum(lengths)[:-1]) if len(lengths) else []


def enumerate_paths(chain: Chain, emissions: np.ndarray) -> Paths:
    """The score of every tag sequence of one sequence that the chain allows."""
    paths: Paths = {}
    for path in product(range(emissions.shape[1]), repeat=len(emissions)):
        score = chain.start[path[0]] + chain.end[path[-1]]
        score += sum(emissions[t, tag] for t, tag in enumerate(path))
        score += sum(chain.transitions[a, b] for a, b in pairwise(path))
        if score > -np.inf:
            paths[path] = float(score)
    return paths


def log_sum(scores) -> float:
    scores = [score for score in scores if score > -np.inf]
    return float(np.logaddexp.reduce(scores)) if scores else -np.inf


def reference(chain: Chain, emissions: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Log partition function, marginals and expected transition counts of one sequence, in log space, step by step."""
    n, size = emissions.shape
    before, after = np.full((n, size), -np.inf), np.full((n, size), -np.inf)
    for j in range(size):
        before[0, j] = chain.start[j]
        after[n - 1, j] = chain.end[j]
    for t in range(1, n):
        for j in range(size):
            before[t, j] = log_sum(before[t - 1] + emissions[t - 1] + chain.transitions[:, j])
            after[n - 1 - t, j] = log_sum(chain.transitions[j] + emissions[n - t] + after[n - t])
    log_z = log_sum(before[-1] + emissions[-1] + chain.end)
    if log_z == -np.inf:
        return log_z, np.full((n, size), np.nan), np.full((size, size), np.nan)
    counts = np.zeros((size, size))
    for t in range(1, n):
        left, right = before[t - 1] + emissions[t - 1], emissions[t] + after[t]
        counts += np.exp(left[:, None] + chain.transitions + right - log_z)
    return log_z, np.exp(before + emissions + after - log_z), counts
