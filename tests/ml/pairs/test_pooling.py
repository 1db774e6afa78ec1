"""Pooling of runs: what it is, and that its gradient is that."""

import numpy as np
import pytest
from thinc.api import NumpyOps

from spacy_bioner.ml.pairs.pooling import max_of_runs, mean_of_runs

OPS = NumpyOps()
ROWS = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
RUNS = np.array([(0, 1), (2, 5), (1, 7), (2, 5)])


def test_means():
    Y, _ = mean_of_runs(OPS, ROWS, np.array([(0, 1), (3, 3), (2, 5)]))
    assert np.allclose(Y, [ROWS[0], [0, 0, 0], ROWS[2:5].mean(0)], atol=1e-6)


def test_maxima():
    Y, _ = max_of_runs(OPS, ROWS, RUNS)
    assert np.array_equal(Y, [ROWS[a:b].max(0) for a, b in RUNS])


@pytest.mark.parametrize("pool", [mean_of_runs, max_of_runs])
def test_gradients(pool):
    weights = np.random.default_rng(1).normal(size=(len(RUNS), 3)).astype("float32")
    _, backprop = pool(OPS, ROWS, RUNS)
    found = backprop(weights)
    step = 1e-2
    for place in np.ndindex(ROWS.shape):
        sides = []
        for sign in (1, -1):
            moved = ROWS.astype("float64")
            moved[place] += sign * step
            sides.append(float((pool(OPS, moved.astype("float32"), RUNS)[0] * weights).sum()))
        assert found[place] == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=2e-3)
