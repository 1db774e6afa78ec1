"""A pretrained network inside a thinc model: opened once, run with or without a graph."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from thinc.api import Model
from thinc.types import Floats2d

from ..arrays import to_torch, to_xp
from ..frozen import learns
from ..torch_setup import threads_for
from .checkpoints import open_checkpoint

T = TypeVar("T")


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Open the checkpoint, unless there is a network already."""
    model.set_dim("nO", open_network(model))


def open_network(model: Model[Any, Any]) -> int:
    """Open the checkpoint, unless there is a network already, and return the width of its vectors."""
    shim: Any = model.shims[0]
    if shim.network is None:
        shim.set(open_checkpoint(model.attrs["name"]))
    return int(shim.network.config.hidden_size)


def autocast(shim: Any, network: Any) -> AbstractContextManager:
    """Return torch's autocast to bfloat16 if a shim uses mixed precision, else an empty context.

    network: that runs. One of lower precision (``TransformerShim.predicting``) has its own types.
    """
    import torch

    mixed = shim.autocast and network is shim.network
    return torch.autocast(shim.device.type, dtype=torch.bfloat16) if mixed else nullcontext()


def run_network(
    model: Model[Any, Any], is_train: bool, encode: Callable[[Any], Any]
) -> tuple[Floats2d, Callable[[Floats2d], None]]:
    """Return the rows that ``encode`` computes with the network, and the callback for the gradient of its parameters.

    encode: given torch's network, returns a tensor of 32 bits, (rows, width).

    If the layer is frozen (``ml.frozen``), the parameters get no gradients and no graph is kept.
    """
    import torch

    shim: Any = model.shims[0]
    network = shim.training() if is_train else shim.predicting()
    learning, width = learns(model, is_train), shim.network.config.hidden_size
    with torch.set_grad_enabled(learning), autocast(shim, network), threads_for(width):
        Y = encode(network)

    def backprop(dY: Floats2d) -> None:
        if learning:
            with threads_for(width):
                torch.autograd.backward([Y], grad_tensors=[to_torch(model.ops.as_contig(dY))])
                shim.sum_sparse_gradients()

    return to_xp(Y.detach()), backprop


def run_rows(
    model: Model[list[T], Floats2d], items: list[T], is_train: bool, encode: Callable[[Any], Any]
) -> tuple[Floats2d, Callable[[Floats2d], list[T]]]:
    """Return the output of a layer whose input gets no gradient: ``run_network``, and no rows for no items.

    The callback passes the gradient of the rows to the network's parameters, and returns the items.
    """
    if not items:
        return model.ops.alloc2f(0, model.get_dim("nO")), lambda dY: items
    Y, backprop_network = run_network(model, is_train, encode)

    def backprop(dY: Floats2d) -> list[T]:
        backprop_network(dY)
        return items

    return Y, backprop
