"""Samples, folds and splits of any sequence, reproducible by their seed on every machine."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

from ..errors import BionerError

T = TypeVar("T")
Group = Callable[[T], Hashable]


def sample(items: Iterable[T], n: int, seed: int) -> list[T]:
    """Return n of the items (all, if there are fewer) in random order. Holds at most n items in memory.

    With the same seed and items, the sample of n is a prefix of every larger sample, so that a learning curve only adds
    examples.
    """
    # Each item gets a random key that does not depend on n, and the items with the n smallest keys are the sample.
    random = Random(seed)
    keyed = ((random.random(), i, item) for i, item in enumerate(items))
    return [item for _, _, item in heapq.nsmallest(n, keyed)]


def sample_share(items: Iterable[T], share: float, seed: int) -> list[T]:
    """Return a sample of a share of the items, from 0 to 1, as ``sample`` does. Holds all items in memory."""
    held = list(items)
    return sample(held, round(share * len(held)), seed)


def fold(items: Iterable[T], k: int, chosen: Iterable[int], seed: int, group: Group) -> Iterator[T]:
    """Yield the items of the chosen folds of k, in order.

    The folds are disjoint and complete; items of one group are in one fold. Each k consecutive groups, in the order of
    their first items, are assigned to the k folds at random, so that folds differ by one group at most.
    """
    # The assignment needs only the seed and the order of the groups, so that a stream of unknown length can be divided.
    wanted = set(chosen)
    numbers = _fold_numbers(k, seed)
    fold_of: dict[Hashable, int] = {}
    for item in items:
        key = group(item)
        if key not in fold_of:
            fold_of[key] = next(numbers)
        if fold_of[key] in wanted:
            yield item


def _fold_numbers(k: int, seed: int) -> Iterator[int]:
    random = Random(seed)
    while True:
        numbers = list(range(k))
        random.shuffle(numbers)
        yield from numbers


def split(items: Iterable[T], shares: Sequence[float], chosen: Iterable[int], seed: int, group: Group) -> list[T]:
    """Return the items of the chosen parts, in order, of a random split of the groups in these shares.

    The parts are disjoint and complete, and each is within one group of its share. Holds all items in memory.
    """
    held = list(items)
    groups = list(dict.fromkeys(group(item) for item in held))
    Random(seed).shuffle(groups)
    total = sum(shares)
    # Cumulative shares are rounded, not the shares: the parts then add up to all groups.
    bounds = [0, *(round(len(groups) * done / total) for done in accumulate(shares))]
    kept = {key for part in chosen for key in groups[bounds[part] : bounds[part + 1]]}
    return [item for item in held if group(item) in kept]


def fold_parts(k: int, number: int) -> dict[str, list[int]]:
    """Return the folds of each part in round ``number`` of k: one for test, the next for development, the others for
    train.

    Raises B221 unless 2 <= k and 0 <= number < k.
    """
    if k < 2 or not 0 <= number < k:
        raise BionerError("B221", k=k, fold=number)
    dev = (number + 1) % k
    train = [i for i in range(k) if i not in (number, dev)]
    return {"train": train, "dev": [dev], "test": [number], "train+dev": sorted([*train, dev])}


def split_parts(shares: Sequence[float]) -> dict[str, list[int]]:
    """Return the indices of the shares of each part: train, dev and test, or with two shares train and test.

    Raises B222 unless they are two or three positive numbers that sum to 1 or 100.
    """
    whole = any(abs(sum(shares) - all_of_it) <= 1e-6 for all_of_it in (1, 100))  # no comparison with nan is true
    if len(shares) not in (2, 3) or not whole or min(shares) <= 0:
        raise BionerError("B222", shares=list(shares))
    if len(shares) == 2:
        return {"train": [0], "test": [1]}
    return {"train": [0], "dev": [1], "test": [2], "train+dev": [0, 1]}
