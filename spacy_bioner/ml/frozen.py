"""Layers that are frozen, i.e. not updated, for a number of training batches."""

from __future__ import annotations

from thinc.api import Model

FREEZE = "freeze"
"""The attribute of a layer with a ``Freeze``. It is not saved: thinc drops attributes that msgpack cannot serialise."""


class Freeze:
    """The number of training batches for which a layer is frozen; None for all."""

    def __init__(self, batches: int | None) -> None:
        self.left = batches


def learns(model: Model, is_train: bool) -> bool:
    """Return whether the backward pass of a layer must compute gradients for its parameters.

    A frozen layer computes no gradients, so the optimizer skips its parameters: neither weight decay nor earlier
    moments change them.
    """
    freeze: Freeze | None = model.attrs.get(FREEZE)
    return is_train and (freeze is None or freeze.left == 0)


def count_batch(model: Model) -> None:
    """Count one training batch for the frozen layers of a model, after its update.

    A batch may go through the network in several parts, with one update at the end.
    """
    for node in model.walk():
        freeze: Freeze | None = node.attrs.get(FREEZE)
        if freeze is not None and freeze.left:
            freeze.left -= 1
