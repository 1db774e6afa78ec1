"""The averages that an optimizer keeps of a torch network's weights, in use for an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from thinc.api import PyTorchShim

from ..arrays import to_torch


@contextmanager
def with_weights(shim: PyTorchShim, params: Mapping[Any, Any]) -> Iterator[None]:
    """Give the network of a shim other weights within a context.

    params: by the shim's id and a parameter's name, as thinc's optimizers key their averages. A parameter without a
        value, such as one of a frozen layer, which no optimizer has seen, keeps its own.
    """
    # thinc's PyTorchShim looks for "pytorch_<id>_<name>", which is the key of no optimizer of today: it swaps nothing.
    network = shim._model
    parameters = {} if network is None else {(shim.id, name): weight for name, weight in network.named_parameters()}
    own = {key: weight.data for key, weight in parameters.items() if key in params}
    try:
        for key in own:
            parameters[key].data = to_torch(params[key])
        yield
    finally:
        for key, data in own.items():
            parameters[key].data = data
