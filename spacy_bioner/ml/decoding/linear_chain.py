"""A linear chain over ragged sequences: its scores, the tags that a scheme allows, and the layout of a batch.

The model is that of Lafferty, McCallum & Pereira 2001: a tag sequence y of n tokens scores
``start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_t+1] + end[y_n]``; its probability is the softmax of
the scores of all tag sequences, and a score of -inf forbids what it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from ...tags import transitions as allowed_transitions

CELLS = 1 << 22
"""Most cells of a (rows, tags, tags) tensor: 32 MiB. More rows are computed in chunks."""

_NEVER = 1 << 40
"""Mixing steps, more than any sequence has tokens, of a chain that does not mix."""


@dataclass(frozen=True)
class Chain:
    """Scores of a chain over K tags, float64, -inf where something is forbidden."""

    start: Any  # (K,)
    transitions: Any  # (K, K), from row to column
    end: Any  # (K,)
    mixing: int  # every tag can follow every tag in exactly this many steps: ``mixing_steps``


def mixing_steps(allowed: NDArray[np.bool_]) -> int:
    """Return the smallest m such that every tag can follow every tag in exactly m steps.

    The schemes of ``tags`` need 1 to 3. If the power (K - 1)^2 + 1 of the matrix still has a zero, there is no such m
    (Wielandt 1950); then a number larger than any sequence length is returned.
    """
    # Once a power has no zero, no later one has. So m is searched by doubling, then by halving, in some 4 log2(K)
    # products, where one step at a time would take K^2 of them.
    powers = [allowed]  # powers[i][j, k]: k can follow j in exactly 2^i steps
    while not powers[-1].all():
        if 1 << (len(powers) - 1) > (len(allowed) - 1) ** 2:
            return _NEVER
        powers.append(_product(powers[-1], powers[-1]))
        if (powers[-1] == powers[-2]).all():  # then so are all later ones
            return _NEVER
    if len(powers) == 1:
        return 1
    steps, reach = 1 << (len(powers) - 2), powers[-2]  # the most steps known to leave a zero
    for i in reversed(range(len(powers) - 2)):
        further = _product(reach, powers[i])
        if not further.all():
            steps, reach = steps + (1 << i), further
    return steps + 1


def _product(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the product of two bool matrices. BLAS multiplies floats only; it is far faster than numpy's own loop."""
    return one.astype(np.float32) @ other.astype(np.float32) > 0


@dataclass(frozen=True)
class Masks:
    """What a scheme allows over K tags, as numpy arrays."""

    start: NDArray[np.bool_]  # (K,)
    transitions: NDArray[np.bool_]  # (K, K), from row to column
    end: NDArray[np.bool_]  # (K,)
    mixing: int

    @classmethod
    def of(cls, tags: Sequence[str], scheme: str) -> Masks:
        """Return the masks of a tag set: ``tags.transitions``."""
        allowed, start, end = allowed_transitions(tags, scheme)
        return cls(start, allowed, end, mixing_steps(allowed))

    @cached_property
    def with_unknown(self) -> Masks:
        """These masks with one more tag, the last, so that index -1 is its row: unknown, allowed everywhere."""
        start, allowed, end = (
            np.pad(mask, (0, 1), constant_values=True) for mask in (self.start, self.transitions, self.end)
        )
        return Masks(start, allowed, end, self.mixing)

    def chain(self, start: Floats1d, transitions: Floats2d, end: Floats1d) -> Chain:
        """Return the chain with these scores, and -inf for what the scheme forbids."""
        xp = get_array_module(transitions)

        def masked(mask: NDArray[np.bool_], scores: Any) -> Any:
            return xp.where(xp.asarray(mask), scores.astype(xp.float64), -xp.inf)

        return Chain(
            masked(self.start, start), masked(self.transitions, transitions), masked(self.end, end), self.mixing
        )


class Layout:
    """The packed layout of ragged sequences: the rows of each step are one slice.

    Sequences are ranked by length, the longest first: those with more than t tokens are the first ``sizes[t]``, and
    step t has the rows from ``offsets[t]``. They hold the t-th token of each sequence, counted from its first token in
    the first direction and from its last in the second. So both directions have the same shape and are computed in the
    same steps. Empty sequences have no rows:

        sequences ab, cde           ranked cde, ab
        step          0     1     2
        sizes         2     2     1         offsets 0, 2, 4
        tokens[0]     c a   d b   e         from the first token
        tokens[1]     e b   d a   c         from the last

    The arrays of indices are of the array module ``xp``.
    """

    def __init__(self, lengths: NDArray[np.int64], xp: Any = np) -> None:
        lengths = lengths[lengths > 0]
        starts = np.cumsum(lengths) - lengths
        ends = starts + lengths - 1
        sizes = len(lengths) - np.cumsum(np.bincount(lengths))[:-1]
        offsets = np.cumsum(sizes) - sizes
        rows = np.arange(lengths.sum())
        step = np.repeat(np.arange(len(sizes)), sizes)
        ranked = np.argsort(-lengths, kind="stable")[rows - offsets[step]]
        tokens = np.stack([starts[ranked] + step, ends[ranked] - step])
        inverse = np.empty_like(tokens)
        inverse[0, tokens[0]] = rows
        inverse[1, tokens[1]] = rows
        self.sizes: list[int] = sizes.tolist()
        self.offsets: list[int] = offsets.tolist()
        self.tokens: Any = xp.asarray(tokens)  # (2 directions, rows) -> token, in the order of the text
        self.rows: Any = xp.asarray(inverse)  # (2 directions, tokens) -> row
        self.starts: Any = xp.asarray(starts)  # (sequences,) -> its first token
        self.ends: Any = xp.asarray(ends)  # (sequences,) -> its last token
        self.sequence: Any = xp.asarray(np.repeat(np.arange(len(lengths)), lengths))  # (tokens,) -> its sequence

    def sums(self, values: Any) -> Any:
        """Return the sum of ``values`` (tokens,) over the tokens of each sequence."""
        return get_array_module(values).bincount(self.sequence, weights=values)
