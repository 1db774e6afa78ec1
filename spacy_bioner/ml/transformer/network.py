"""A pretrained network inside a thinc model: opened once a training, run with or without a graph."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from thinc.api import Model
from thinc.types import Floats2d

from ...errors import BionerError
from ..anew import forget_training
from ..arrays import to_torch, to_xp
from ..frozen import learns
from ..torch_setup import threads_for
from .checkpoints import Checkpoint, open_checkpoint

T = TypeVar("T")


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Open the checkpoint: see ``open_network``."""
    model.set_dim("nO", open_network(model), force=True)


def open_network(model: Model[Any, Any]) -> int:
    """Open the checkpoint of a layer, once for each training, and return the width of its vectors.

    Raises and warns as ``open_or_keep``.
    """
    shim: Any = model.shims[0]
    # Layers may be initialised several times before a training starts: thinc's chain does so without a sample.
    if not shim.at_start:
        checkpoint = open_or_keep(model.attrs["name"], shim.network)
        forget_training(model)
        if checkpoint is not None:
            shim.set(checkpoint)
        shim.at_start = True
    return int(shim.network.config.hidden_size)


def open_or_keep(name: str, network: Any) -> Checkpoint | None:
    """Open the checkpoint from which a training starts; None, to keep the network that there is, if that fails.

    Warns in the latter case (B777), in which the checkpoint of a pipeline that was loaded is on another machine,
    perhaps. Without a network, raises what ``open_checkpoint`` raises.
    """
    try:
        return open_checkpoint(name)
    except BionerError as error:
        if network is None:
            raise
        warnings.warn(str(BionerError("B777", name=name, reason=error)), stacklevel=2)
        return None


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
