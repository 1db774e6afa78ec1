"""The state of an optimizer for one network, for resuming training."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import srsly
from thinc.api import Model, Optimizer, PyTorchShim
from thinc.backends import get_array_ops

TABLES = ("mom1", "mom2", "averages")
COUNTS = ("nr_update", "last_seen")
"""The attributes of a thinc optimizer with arrays and with numbers, each by the key of a parameter."""

Place = tuple[int, int, str]
"""Number of a layer in its network, number of the layer's shim (-1: the layer itself), parameter."""

Key = tuple[int, str]
"""The id of a layer or shim, and a parameter: how an optimizer identifies it in this process."""


def pack_optimizer(model: Model, optimizer: Optimizer) -> bytes:
    """Return the moments, averages and update counts that an optimizer holds for the parameters of a network.

    The optimizer identifies a parameter by the id of its node, which is valid in this process only; here it is
    identified by the position of the node in the network. Schedules are not included: thinc implements them as
    generators, which cannot be saved.
    """
    state: dict[str, list[list[Any]]] = {}
    for table in (*TABLES, *COUNTS):
        held = getattr(optimizer, table) or {}
        state[table] = [
            [place, name, get_array_ops(held[key]).to_numpy(held[key]) if table in TABLES else held[key]]
            for place, name, key in _keys(model)
            if key in held
        ]
    return srsly.msgpack_dumps(state)


def unpack_optimizer(model: Model, optimizer: Optimizer, data: bytes) -> None:
    """Load into an optimizer the state that ``pack_optimizer`` saved, for a network of the same shape.

    Averages are left out if this optimizer keeps none. Raises ValueError if the size of a parameter differs.
    """
    state = srsly.msgpack_loads(data)
    keys = {(place, name): key for place, name, key in _keys(model)}
    nodes = {node.id: node for node in model.walk()}
    for place, name, value in chain.from_iterable(state[table] for table in TABLES):
        key = keys.get((place, name))
        if key is None or nodes[key[0]].get_param(name).size != value.size:
            raise ValueError(f"node {place}, parameter {name}, {value.size} numbers")
    for table in (*TABLES, *COUNTS):
        held = getattr(optimizer, table)
        for place, name, value in state[table] if held is not None else ():
            held[keys[place, name]] = model.ops.asarray(value).copy() if table in TABLES else value


def keys_of(model: Model) -> Iterator[tuple[Place, Key]]:
    """Yield the place and the key of each parameter of a network, also of torch networks inside it."""
    for i, node in enumerate(model.walk()):
        yield from (((i, -1, name), (node.id, name)) for name in node.param_names if node.has_param(name))
        for j, shim in enumerate(node.shims):
            if isinstance(shim, PyTorchShim) and shim._model is not None:
                yield from (((i, j, name), (shim.id, name)) for name, _ in shim._model.named_parameters())


def _keys(model: Model) -> list[tuple[int, str, Key]]:
    return [(layer, name, key) for (layer, shim, name), key in keys_of(model) if shim < 0]
