"""The known tags of a batch, and their check against a scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BionerError
from ...tags import MISSING, validate
from .linear_chain import Masks

Known = NDArray[Any]
"""Of one sequence: the row of each token's tag, -1 where not known, (tokens,); or bool, (tokens, tags): it may be."""


@dataclass(frozen=True)
class Gold:
    """Known tags of sequences laid end to end, none of them empty; numpy arrays."""

    lengths: NDArray[np.int64]  # (sequences,)
    tags: NDArray[np.int64]  # (tokens,) the row of the tag, -1 where it is not known
    allowed: NDArray[np.bool_] | None = None  # (tokens, K) the tags that may be; by default the known one, or any

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first token of each sequence."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def sequence(self) -> NDArray[np.int64]:
        """The sequence of each token."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def mask(self, tokens: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
        """Return which tags may be at each of these tokens, (tokens, size)."""
        return _mask(self.tags[tokens], size) if self.allowed is None else self.allowed[tokens]


def _mask(tags: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    return (tags[:, None] < 0) | (tags[:, None] == np.arange(size))


def gather(known: Sequence[Known], lengths: Sequence[int], size: int) -> Gold:
    """Concatenate the known tags of sequences of these lengths, with ``size`` tags.

    Raises B533 for a sequence of another length.
    """
    for i, (of_sequence, length) in enumerate(zip(known, lengths, strict=True)):
        if len(of_sequence) != length:
            raise BionerError("B533", sequence=i, tokens=length, known=len(of_sequence))
    filled = np.array([length for length in lengths if length], dtype=np.int64)
    if all(of_sequence.ndim == 1 for of_sequence in known):
        return Gold(filled, np.concatenate([*known, np.zeros(0, dtype=np.int64)], dtype=np.int64))
    allowed = np.concatenate([x if x.ndim == 2 else _mask(x, size) for x in known])
    return Gold(filled, np.where(allowed.sum(axis=1) == 1, allowed.argmax(axis=1), -1), allowed)


def check(gold: Gold, masks: Masks, tags: Sequence[str], scheme: str, sequences: Sequence[int]) -> None:
    """Raise B530 where a known tag may not stand beside the known tag, the start or the end next to it.

    ``tags`` and ``scheme`` are what ``masks`` were made from, ``sequences`` the numbers of the sequences of ``gold``.
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
