"""Validated loading of a saved network: layers, shapes and values are checked.

thinc's ``Model.from_bytes`` does not validate: it accepts other layers, arrays of other shapes, and nan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from thinc.api import Model
from thinc.util import convert_recursive, is_xp_array

from .anew import renew_ids
from .saved_attributes import check_fixed, restored

Axis = int | str
"""A size, or where it is stated: the name of a dimension of the layer, or ``rows`` for its named rows."""

_SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    "linear": {"W": ("nO", "nI"), "b": ("nO",)},
    "maxout": {"W": ("nO", "nP", "nI"), "b": ("nO", "nP")},
    "layernorm": {"G": ("nI",), "b": ("nI",)},
    "hashembed": {"E": ("nV", "nO")},
    "word_embedding": {"E": ("rows", "nO")},
    "char_cnn": {"E": ("rows", "nI"), "b": ("nO",)},
    "char_bilstm": {"E": ("rows", "nI")},
    "crf": {"start": ("nO",), "transitions": ("nO", "nO"), "end": ("nO",)},
}
"""Layer -> parameter -> its axes, for the layers of this package's taggers. The parameters of LSTMs, whose number
depends on the depth, are in ``_recurrent``."""


def read_model(model: Model, message: Any) -> None:
    """Give a network the weights and the state of the one whose ``Model.to_bytes`` made a message, here unpacked.

    Its settings stay (``saved_attributes``): a size of windows or a rate that is given when a pipeline is loaded takes
    effect. After an error the network is unchanged.

    An optimizer that has trained the network before starts anew with the loaded weights, as in a new process: its
    moments and averages are those of other weights, of another shape perhaps. The names of the layers stay, too.

    Raises ValueError if the message has other layers, weights that are not finite or inconsistent sizes, B586 if the
    network has another setting than the one its weights were made for, and the errors of the shims.
    """
    message = convert_recursive(is_xp_array, model.ops.asarray, message)
    nodes = list(model.walk())
    infos, params = message["nodes"], message["params"]
    attrs = message["attrs"]
    if not len(nodes) == len(infos) == len(params) == len(attrs) == len(message["shims"]):
        raise ValueError(f"it has {len(infos)} layers, the config {len(nodes)}")
    for node, info, held, saved, shims in zip(nodes, infos, params, attrs, message["shims"], strict=True):
        if not _fits(node, info["name"]) or len(shims) != len(node.shims):
            raise ValueError(f"it has a layer {info['name']!r} where the config has {node.name!r}")
        check_fixed(node, saved)
        made = set(_made(node))
        if not set(node.param_names) - made <= set(held) <= set(node.param_names) | made:
            raise ValueError(f"layer {node.name!r} has the parameters {', '.join(sorted(held)) or '(none)'}")
        for name, value in held.items():
            if value is not None and not _is_finite(value):
                raise ValueError(f"parameter {name} of layer {node.name!r} is not an array of finite numbers")
    with unchanged_on_error(model):
        for node, info, held in zip(nodes, infos, params, strict=True):
            _empty(node, info, held)
            renew_ids(node)
        _forget_labels(model)
        named = [{**info, "name": node.name} for node, info in zip(nodes, infos, strict=True)]
        model.from_dict({**message, "nodes": named, "attrs": [restored(saved) for saved in attrs]})
        for node in nodes:
            check_sizes(node)


def _fits(node: Model, name: str) -> bool:
    """Return whether a saved layer of this name may be a layer of the config."""
    # A chain is named after its layers, once: one that heard a shared tok2vec is still "tok2vec-listener>>..." when
    # spaCy has replaced the listener by the tok2vec itself (``replace_listeners``), and the config has another name.
    # So names must agree only where there is something to load. A layer without layers, parameters and shims of its own
    # only passes on what others compute: how it does so is code of the config's network, and no part of a file. What
    # makes a stranger's file safe is checked for each layer by its place, under the names of the config: their number,
    # the settings that weights were made for (``check_fixed``), the names of parameters, that they are finite, and
    # their shapes (``check_sizes``).
    if not node.layers or node.param_names or node.shims:
        return name == node.name
    return _kind(name) == _kind(node.name)


def _kind(name: str) -> str:
    """Return the name of a combinator without those of its layers: ``residual`` for ``residual(maxout>>dropout)``.

    It is empty for chains and concatenations, whose names are only those of their layers.
    """
    depth, outer = 0, []
    for char in name:
        depth += (char == "(") - (char == ")")
        if not depth and char != ")":
            outer.append(char)
    kind = "".join(outer)
    return "" if ">>" in kind or "|" in kind else kind


def _empty(node: Model, info: Mapping[str, Any], held: Mapping[str, Any]) -> None:
    """Take from a layer its parameters and gradients, and the sizes that the saved layer did not have.

    ``Model.from_dict`` keeps those for which a layer saved before its training holds None.
    """
    node._params._params.clear()
    node._params._grads.clear()
    node._has_params.clear()
    node._has_params.update(dict.fromkeys(held))
    node._dims.update({name: None for name, size in info["dims"].items() if size is None})


def _forget_labels(model: Model) -> None:
    """Take from a network the sizes that follow from its labels: those of the saved one may be other labels.

    They are of ``output``, ``decoder`` and what contains these; the component checks that they fit the labels it loads.
    """
    heads = [model.get_ref(name) for name in ("output", "decoder") if model.has_ref(name)]
    for node in model.walk():
        if any(inner in heads for inner in node.walk()):
            names = {"nO"} if node is not model.maybe_get_ref("decoder") else {"nI", "nO"}
            node._dims.update(dict.fromkeys(names & {*node.dim_names}))


@contextmanager
def unchanged_on_error(model: Model) -> Iterator[None]:
    """Put a network back as it was if an exception leaves the context, in which something is loaded into it."""
    # Loading replaces arrays and attributes and does not write into them: so to keep those of before is enough, which
    # copies nothing. thinc has no public way to take a parameter or a dimension back, hence its private names.
    held: list[dict[Any, Any]] = [vars(shim) for node in model.walk() for shim in node.shims]
    for node in model.walk():
        held += [node._dims, node._refs, node._attrs, node._has_params, node._params._params, node._params._grads]
    kept = [(values, dict(values)) for values in held]
    names = [(node, node.name, node.id) for node in model.walk()]
    try:
        yield
    except BaseException:
        for values, before in kept:
            values.clear()
            values.update(before)
        for node, name, id_ in names:
            node.name, node.id = name, id_
        raise


def check_sizes(node: Model) -> None:
    """Raise ValueError if the shape of a parameter of a layer does not fit the dimensions and rows of the layer."""
    for name, axes in [*_SHAPES.get(node.name, {}).items(), *_recurrent(node)]:
        if not node.has_param(name):
            continue
        found = node.get_param(name).shape
        expected = tuple(_size(node, axis) for axis in axes)
        if len(found) != len(expected) or any(n not in (None, m) for n, m in zip(expected, found, strict=True)):
            raise ValueError(f"parameter {name} of layer {node.name!r} has the shape {found}, not {expected}")
    tags = node.attrs.get("tags")
    if isinstance(tags, list) and node.maybe_get_dim("nO") not in (None, len(tags)):
        raise ValueError(f"layer {node.name!r} has {len(tags)} tags and {node.maybe_get_dim('nO')} rows")


def parameter_count(model: Model) -> int:
    """Return the number of weights of a network, including those in shims."""
    own = sum(node.get_param(name).size for node in model.walk() for name in node.param_names if node.has_param(name))
    networks = [shim._model for node in model.walk() for shim in node.shims if hasattr(shim._model, "parameters")]
    return own + sum(parameter.numel() for network in networks for parameter in network.parameters())


def _is_finite(value: Any) -> bool:
    # The sum is finite if all numbers are, unless it overflows; only then each number is looked at.
    return is_xp_array(value) and value.dtype.kind == "f" and bool(np.isfinite(value.sum()) or np.isfinite(value).all())


def _made(node: Model) -> Iterator[str]:
    """Yield the parameters that a layer has only once it is initialised: the clusters of a language model's head."""
    if node.name == "lm_head":
        yield from (f"{kind}{i}" for kind in "PWb" for i in range(1 + len(node.attrs["cutoffs"])))


def _size(node: Model, axis: Axis) -> int | None:
    if isinstance(axis, int):
        return axis
    return len(node.attrs["rows"]) if axis == "rows" else node.maybe_get_dim(axis)


def _recurrent(node: Model) -> Iterator[tuple[str, tuple[Axis, ...]]]:
    """Yield the parameters of an LSTM of this package, and of a character CNN's filters, with their shapes."""
    if node.name == "char_cnn":
        yield from ((f"W{w}", (count, w, "nI")) for w, count in enumerate(node.attrs["filters"], start=1))
    if node.name not in ("bilstm", "two_way_lstm", "char_bilstm") or not node.has_dim("nO"):
        return
    hidden = node.get_dim("nO") // 2
    inputs: Axis = "nI"
    for layer in range(node.attrs.get("depth", 1)):
        yield f"W{layer}", (2, 4 * hidden, inputs)
        yield f"U{layer}", (2, 4 * hidden, hidden)
        yield f"b{layer}", (2, 4 * hidden)
        inputs = 2 * hidden if node.attrs.get("joined") else hidden
