"""The known tags of a batch, and their check against a scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BionerError
from ...tags import MISSING, OUTSIDE, validate
from .linear_chain import Masks

Known = NDArray[Any]
"""For one sequence: the row of each token's tag, -1 if unknown, (tokens,); or bool, (tokens, tags): possible tags."""


@dataclass(frozen=True)
class Gold:
    """Known tags of concatenated sequences, none of them empty; numpy arrays."""

    lengths: NDArray[np.int64]  # (sequences,)
    tags: NDArray[np.int64]  # (tokens,) the row of the tag, -1 if unknown
    allowed: NDArray[np.bool_] | None = None  # (tokens, K) possible tags; None: the known tag, or any
    whole_labels: bool = False  # sets of several possible tags have the outside tag and all or no tags of a label

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first token of each sequence."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def sequence(self) -> NDArray[np.int64]:
        """The sequence of each token."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def mask(self, tokens: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
        """Return which tags are possible at each of these tokens, (tokens, size)."""
        return _mask(self.tags[tokens], size) if self.allowed is None else self.allowed[tokens]


def _mask(tags: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    return (tags[:, None] < 0) | (tags[:, None] == np.arange(size))


def gather(known: Sequence[Known], lengths: Sequence[int], tags: Sequence[str]) -> Gold:
    """Concatenate the known tags, rows of ``tags``, of sequences of these lengths, none of them 0."""
    filled = np.array(lengths, dtype=np.int64)
    if all(of_sequence.ndim == 1 for of_sequence in known):
        return Gold(filled, np.concatenate(known, dtype=np.int64))
    allowed = np.concatenate([x if x.ndim == 2 else _mask(x, len(tags)) for x in known])
    single = allowed.sum(axis=1) == 1
    known_rows = np.where(single, allowed.argmax(axis=1), -1)
    return Gold(filled, known_rows, allowed, _of_whole_labels(allowed[~single], tuple(tags)))


def _of_whole_labels(sets: NDArray[np.bool_], tags: tuple[str, ...]) -> bool:
    """Return whether each of these sets of tags, (sets, tags), has the outside tag and all or no tags of a label."""
    groups, outside = _label_groups(tags)
    if outside < 0:
        return False
    counts = sets.astype(np.float32) @ groups
    return bool(sets[:, outside].all() and ((counts == 0) | (counts == groups.sum(axis=0))).all())


@lru_cache(maxsize=64)
def _label_groups(tags: tuple[str, ...]) -> tuple[NDArray[np.float32], int]:
    """Return which label each tag has, one-hot, (tags, labels), and the row of the outside tag, -1 if there is none."""
    labels = [tag.partition("-")[2] for tag in tags]
    own = np.array([[label == other for other in dict.fromkeys(labels)] for label in labels], dtype=np.float32)
    return own, tags.index(OUTSIDE) if OUTSIDE in tags else -1


def check(gold: Gold, masks: Masks, tags: Sequence[str], scheme: str, sequences: Sequence[int]) -> None:
    """Raise B530 if two adjacent known tags, or a known tag at the start or the end, are illegal under the scheme.

    ``masks`` were made from ``tags`` and ``scheme``; ``sequences`` are the numbers of the sequences of ``gold``.
    """
    free = masks.with_unknown
    ends = gold.starts + gold.lengths - 1
    fits = np.empty(len(gold.tags), dtype=bool)
    fits[1:] = free.transitions[gold.tags[:-1], gold.tags[1:]]
    fits[gold.starts] = free.start[gold.tags[gold.starts]]
    closes = free.end[gold.tags[ends]]
    if fits.all() and closes.all():
        return
    bad = int(np.argmin(closes)) if fits.all() else int(np.searchsorted(ends, np.argmin(fits)))
    named = [MISSING if row < 0 else tags[row] for row in gold.tags[gold.starts[bad] : ends[bad] + 1]]
    position = validate(named, scheme)[0]
    raise BionerError(
        "B530",
        sequence=sequences[bad],
        scheme=scheme,
        tag=named[position] if position < len(named) else "the end",
        position=position,
        previous=named[position - 1] if position else "the start",
    )
