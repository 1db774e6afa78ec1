"""Initial values of the parameters of an LSTM layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from thinc.api import Ops
from thinc.types import FloatsXd

from .arrays import to_ops

DIRECTIONS = 2  # axis 0 of every parameter: 0 reads forward, 1 backward
GATES = 4  # i, f, g, o


def draw_lstm(ops: Ops, inputs: int, hidden: int) -> dict[str, FloatsXd]:
    """Draw W uniformly after Glorot & Bengio (2010), U orthogonal, and set b to 0, or 1 for the forget gate.

    Each gate and direction is drawn separately. The forget gate: Jozefowicz et al. (2015), section 2.2.
    """
    bound = np.sqrt(6 / (inputs + hidden))
    W = np.random.uniform(-bound, bound, (DIRECTIONS, GATES * hidden, inputs))
    U = np.stack([np.concatenate([_orthogonal(hidden) for _ in range(GATES)]) for _ in range(DIRECTIONS)])
    # The gates are drawn in the order o, i, f, g, so that a seed gives the same network as in the published figures.
    W, U = (np.roll(value, -hidden, axis=1) for value in (W, U))
    b = np.zeros((DIRECTIONS, GATES * hidden))
    b[:, hidden : 2 * hidden] = 1.0
    return {name: to_ops(ops, value.astype(np.float32)) for name, value in (("W", W), ("U", U), ("b", b))}


def _orthogonal(size: int) -> NDArray[np.float64]:
    q, r = np.linalg.qr(np.random.normal(size=(size, size)))
    return q * np.sign(np.diag(r))  # without the signs q would not be uniform over the orthogonal matrices
