"""Layers that are frozen, i.e. not updated, for a number of training batches."""

from __future__ import annotations

from thinc.api import Model

FREEZE = "freeze"
"""The attribute of a layer with a ``Freeze``. It is not saved: thinc drops attributes that msgpack cannot serialise."""


class Freeze:
    """The number of training batches for which a layer is frozen; None for all."""

    def __init__(self, batches: int | None) -> None:
        self.left = batches

    def take_batch(self) -> bool:
        """Count one training batch; return whether the layer is frozen in it."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


def learns(model: Model, is_train: bool) -> bool:
    """Return whether the backward pass of a layer must compute gradients for its parameters.

    A layer calls it once in each forward pass. A frozen layer computes no gradients, so the optimizer skips its
    parameters: neither weight decay nor earlier moments change them.
    """
    freeze: Freeze | None = model.attrs.get(FREEZE)
    return is_train and not (freeze is not None and freeze.take_batch())
