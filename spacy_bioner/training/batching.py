"""Batches of sentences of similar length: less padding, the same number of words in each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ..ml.check_settings import check_whole

Item = TypeVar("Item")
"""Anything with a length in words: an Example, a Doc."""


def make_batch_by_length(size: int, pool: int = 10) -> Callable[[Iterable[Item]], Iterator[list[Item]]]:
    """Return a batcher; registered as ``spacy-bioner.batch_by_length.v1``.

    size: maximum number of words in a batch; a longer item is a batch of its own.
    pool: number of batches whose items are sorted by length together. The batches of a pool are yielded in random
        order (from ``random``, so that a seed repeats it); items of one length keep their order.

    Every item is yielded exactly once. Raises B623 unless both are whole numbers from 1 on.
    """
    check_whole("batch_by_length", size=size, pool=pool)

    def batch_by_length(items: Iterable[Item]) -> Iterator[list[Item]]:
        # Sorting a pool, not the corpus, keeps the composition of batches random from epoch to epoch: spaCy shuffles
        # the corpus before each, and a larger pool trades this randomness for less padding.
        for group in _cut(items, size * pool):
            batches = list(_cut(sorted(group, key=len), size))  # type: ignore[arg-type]
            random.shuffle(batches)
            yield from batches

    return batch_by_length


def _cut(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield runs of items of at most ``size`` words in all, or of one longer item."""
    run: list[Item] = []
    words = 0
    for item in items:
        length = len(item)  # type: ignore[arg-type]
        if run and words + length > size:
            yield run
            run, words = [], 0
        run.append(item)
        words += length
    if run:
        yield run
