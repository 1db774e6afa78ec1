"""The state of an optimizer for one network, for resuming training."""

from __future__ import annotations

from itertools import chain
from typing import Any

import srsly
from thinc.api import Model, Optimizer
from thinc.backends import get_array_ops

_TABLES = ("mom1", "mom2", "averages")
_COUNTS = ("nr_update", "last_seen")


def pack_optimizer(model: Model, optimizer: Optimizer) -> bytes:
    """Return the moments, averages and update counts that an optimizer holds for the parameters of a network.

    The optimizer identifies a parameter by the id of its node, which is valid in this process only; here it is
    identified by the position of the node in the network. Schedules are not included: thinc implements them as
    generators, which cannot be saved.
    """
    state: dict[str, list[list[Any]]] = {}
    for table in (*_TABLES, *_COUNTS):
        held = getattr(optimizer, table) or {}
        state[table] = [
            [place, name, get_array_ops(held[key]).to_numpy(held[key]) if table in _TABLES else held[key]]
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
    for place, name, value in chain.from_iterable(state[table] for table in _TABLES):
        key = keys.get((place, name))
        if key is None or nodes[key[0]].get_param(name).size != value.size:
            raise ValueError(f"node {place}, parameter {name}, {value.size} numbers")
    for table in (*_TABLES, *_COUNTS):
        held = getattr(optimizer, table)
        for place, name, value in state[table] if held is not None else ():
            held[keys[place, name]] = model.ops.asarray(value).copy() if table in _TABLES else value


def _keys(model: Model) -> list[tuple[int, str, tuple[int, str]]]:
    return [
        (place, name, (node.id, name))
        for place, node in enumerate(model.walk())
        for name in node.param_names
        if node.has_param(name)
    ]
