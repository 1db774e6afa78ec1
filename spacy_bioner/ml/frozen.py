"""Layers that are frozen, i.e. not updated, for a number of training batches."""

from __future__ import annotations

from thinc.api import Model

FREEZE = "freeze"
"""The attribute of a layer with a ``Freeze``. It is not saved: thinc drops attributes that msgpack cannot serialise."""


class Freeze:
    """The number of training batches for which a layer is frozen; None for all."""

    def __init__(self, batches: int | None) -> None:
        self.left = batches


def stop(model: Model, batches: int | None) -> None:
    """Freeze a layer for a number of training batches, None for all."""
    model.attrs[FREEZE] = Freeze(batches)
    # After an update a gradient is an array of zeros and not absent, so that the optimizer would go on with the layer:
    # by decay, and by the moments of earlier gradients.
    drop_gradients(model)


def drop_gradients(layer: Model) -> None:
    """Take from a layer and its shims the gradients that wait for an update."""
    layer._params._grads.clear()  # thinc has no public way to take a gradient back
    for shim in layer.shims:
        for weight in shim._model.parameters() if shim._model is not None else ():
            weight.grad = None


def learns(model: Model, is_train: bool) -> bool:
    """Return whether the backward pass of a layer must compute gradients for its parameters.

    A frozen layer computes no gradients and has none (``stop``), so the optimizer skips its parameters: neither weight
    decay nor earlier moments change them.
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
