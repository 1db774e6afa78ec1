"""A trained network starts anew: what thinc's ``Model.initialize`` leaves of the earlier training is taken away."""

from __future__ import annotations

from thinc.api import Model
from thinc.shims.shim import Shim

from .frozen import FREEZE, drop_gradients
from .layer_rates import RATE

AT_START = "at_start"
"""The attribute of the shim of a transformer that says whether a training may start from its network as it is."""


def forget_training(model: Model) -> None:
    """Take from a network, before it is initialised, the gradients of an earlier training, and what was set for that.

    An optimizer that has trained it starts anew. Frozen layers and rates of layers belong to the callbacks that set
    them (``transfer_weights``, ``layer_rates``), which run after each initialisation.
    """
    for node in model.walk():
        drop_gradients(node)
        renew_ids(node)
        for name in (FREEZE, RATE):
            node.attrs.pop(name, None)
        for shim in node.shims:
            if AT_START in vars(shim):
                setattr(shim, AT_START, False)


def has_weights(model: Model) -> bool:
    """Return whether a network was initialised or loaded: its layers have all parameters and torch networks."""
    return all(
        all(node.has_param(name) for name in node.param_names) and all(shim._model is not None for shim in node.shims)
        for node in model.walk()
    )


def renew_ids(node: Model) -> None:
    """Give a layer and its shims new ids: an optimizer knows parameters by them alone, and has no moments of these."""
    before = node.id
    node.id = Model(node.name, node._func).id
    # thinc keeps the parameters under the layer's id, too, and has no public way to move them.
    held = node._params._params
    for name in node.param_names:
        if (before, name) in held:
            held[node.id, name] = held.pop((before, name))
    for shim in node.shims:
        shim.id = Shim(None).id


def drop_parameters(layer: Model) -> None:
    """Take from a layer all of its parameters, for one whose initialisation decides which it has."""
    layer._params._params.clear()
    layer._has_params.clear()
