"""Finite differences for layers: what the tests of every layer check its callback against."""

from collections.abc import Callable
from typing import Any

import numpy as np
from thinc.api import Model


def check_parameter_gradients(model: Model, X: Any, *, step: float = 1e-2, tolerance: float = 1e-2) -> None:
    """Compare each parameter's gradient with central differences along random directions, for a random linear loss."""
    rng = np.random.default_rng(0)
    Y, backprop = model(X, is_train=True)
    weights = rng.normal(size=Y.shape).astype(np.float32)

    def loss() -> float:
        return float((model(X, is_train=True)[0].astype(np.float64) * weights).sum())

    backprop(weights)
    for node in model.walk():
        for name in node.param_names:
            gradient, value = node.get_grad(name).copy(), node.get_param(name)
            assert np.abs(gradient).max() > 0, (node.name, name)
            for _ in range(3):
                direction = rng.normal(size=value.shape) * (gradient != 0)
                direction = (direction / np.linalg.norm(direction)).astype(np.float32)
                numeric = slope(loss, value, direction, step)
                exact = float((gradient.astype(np.float64) * direction).sum())
                assert abs(numeric - exact) < tolerance * max(1.0, abs(exact)), (node.name, name, numeric, exact)


def slope(loss: Callable[[], float], value: np.ndarray, direction: np.ndarray, step: float) -> float:
    """The slope of a loss along a direction of an array, which it reads; the array is as it was afterwards."""
    before = value.copy()
    value += step * direction
    above = loss()
    value[...] = before - step * direction
    below = loss()
    value[...] = before
    return (above - below) / (2 * step)
