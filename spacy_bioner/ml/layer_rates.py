"""Learning rates of layers, as multiples of the optimizer's rate (Howard & Ruder 2018, section 3.1).

Adam's step does not depend on the scale of the gradient, so that a smaller gradient is no smaller step: the optimizer
itself must be told the rate of each parameter.
"""

from __future__ import annotations

from typing import Any

from thinc.api import Model, Optimizer

RATE = "rate"
"""The attribute of a layer with a ``LayerRate``. It is not saved: thinc drops what msgpack cannot serialise."""


class LayerRate:
    """The learning rate of a layer and of the layers inside it, as a multiple of the optimizer's."""

    def __init__(self, multiple: float) -> None:
        self.multiple = multiple


class RatedOptimizer:
    """An optimizer that multiplies the rate of the parameters of some layers.

    optimizer: a thinc optimizer, which keeps the moments and schedules.
    multiples: the multiple by the id of a layer or of its shim; 1 for all others.
    """

    def __init__(self, optimizer: Optimizer, multiples: dict[int, float]) -> None:
        self.optimizer = optimizer
        self.multiples = multiples

    def __call__(self, key: tuple[int, str], weights: Any, gradient: Any) -> tuple[Any, Any]:
        """Update the weights of one parameter; ``key`` is the id of its layer and its name."""
        return self.optimizer(key, weights, gradient, lr_scale=self.multiples.get(key[0], 1.0))


def set_rate(layer: Model, multiple: float) -> None:
    """Set the learning rate of a layer, and of all layers inside it, as a multiple of the optimizer's.

    The state belongs to this object: a layer that is saved and loaded again has the optimizer's rate.
    """
    layer.attrs[RATE] = LayerRate(multiple)


def with_rates(model: Model, optimizer: Optimizer) -> Any:
    """Return an optimizer that obeys the rates of the layers of a model; the given one if none has a rate."""
    rated = [node for node in model.walk() if RATE in node.attrs]
    if not rated:
        return optimizer
    multiples: dict[int, float] = {}
    for layer in rated:
        for node in layer.walk():
            ids = [node.id, *(shim.id for shim in node.shims)]
            multiples |= dict.fromkeys(ids, layer.attrs[RATE].multiple)
    return RatedOptimizer(optimizer, multiples)
