"""Means and maxima over runs of rows, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats2d

Runs = NDArray[np.int64]
"""(runs, 2): the first row and one past the last; empty where both are the same."""

Pooled = tuple[Floats2d, Callable[[Floats2d], Floats2d]]


def mean_of_runs(ops: Any, rows: Floats2d, runs: Runs) -> Pooled:
    """Return the mean of each run, (runs, width), 0 for an empty run, and the callback for the gradient of the rows."""
    xp = ops.xp
    start, end = ops.asarray(runs[:, 0]), ops.asarray(runs[:, 1])
    lengths = xp.maximum(end - start, 1).astype("float64").reshape(-1, 1)
    # Prefix sums: the sum of a run is the difference of two. In 64 bits, because the small difference of two large sums
    # would lose digits in 32.
    sums = xp.zeros((len(rows) + 1, rows.shape[1]), dtype="float64")
    xp.cumsum(rows, axis=0, dtype="float64", out=sums[1:])
    Y = ((sums[end] - sums[start]) / lengths).astype("float32")

    def backprop(dY: Floats2d) -> Floats2d:
        # The transpose: each run adds its share at its start and subtracts it at its end, and prefix sums spread it.
        steps = xp.zeros((len(rows) + 1, rows.shape[1]), dtype="float64")
        share = dY.astype("float64") / lengths
        ops.scatter_add(steps, start, share)
        ops.scatter_add(steps, end, -share)
        return xp.cumsum(steps, axis=0)[:-1].astype("float32")

    return Y, backprop


def max_of_runs(ops: Any, rows: Floats2d, runs: Runs) -> Pooled:
    """Return the maximum of each run, none of them empty, and the callback for the gradient of the rows."""
    lengths = runs[:, 1] - runs[:, 0]
    places = np.arange(lengths.sum()) + np.repeat(runs[:, 0] - (np.cumsum(lengths) - lengths), lengths)
    where = ops.asarray(places)
    own_lengths = ops.asarray(lengths.astype("int32"))
    Y, which = ops.reduce_max(rows[where], own_lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        gathered = ops.backprop_reduce_max(ops.as_contig(dY), which, own_lengths)
        d_rows = ops.xp.zeros_like(rows)
        ops.scatter_add(d_rows, where, gathered)
        return d_rows

    return Y, backprop
