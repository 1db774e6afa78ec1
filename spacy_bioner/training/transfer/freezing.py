"""Layers that do not learn, or not yet: for fine-tuning weights that came from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from thinc.api import Model


def freeze(model: Model, batches: int | None = None) -> None:
    """Let the parameters of one layer stand still for so many training batches, or for ever.

    Gradual unfreezing (Howard & Ruder, 2018, section 3.3) is a number for each layer, the smallest for the highest. The
    parameters get no gradient at all, so that no optimizer moves them, by weight decay either. It holds for this
    object in this process; a saved layer is as any other.
    """
    inner = model._func
    seen = 0

    def forward(layer: Model, X: Any, is_train: bool) -> tuple[Any, Callable]:
        nonlocal seen
        if is_train:
            seen += 1
        if not is_train or (batches is not None and seen > batches):
            return inner(layer, X, is_train)
        return inner(_Still(layer), X, is_train)

    model._func = forward


class _Still:
    """A layer that takes no gradients for its parameters and is the layer itself in all else."""

    def __init__(self, layer: Model) -> None:
        self._layer = layer
        self.attrs = {**layer.attrs, "frozen": True}  # word embedding and transformer then compute none

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)

    def inc_grad(self, name: str, value: Any) -> None:
        """Drop a gradient."""
