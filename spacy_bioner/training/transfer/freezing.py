"""Freezing of layers for fine-tuning, for a number of batches or for all."""

from __future__ import annotations

from collections.abc import Mapping

from spacy.language import Language
from thinc.api import Model

from ...errors import BionerError
from ...ml.frozen import stop
from ...pipeline.network_component import NetworkComponent
from .copy_weights import is_transformer
from .settings import ALWAYS
from .source_model import TrainedComponent


def freeze(model: Model, batches: int | None = None) -> None:
    """Freeze the parameters of a layer for this number of training batches, None for all.

    A layer is ``char``, ``word`` or ``encode`` of an encoder of this package. A component of this package counts the
    batches, one for each update (``accumulate_gradient`` parts are one batch); in components of other packages a layer
    can be frozen for all batches only. It may have been trained before: gradients that wait for an update are dropped.

    For gradual unfreezing (Howard & Ruder 2018, section 3.3) give each layer a number, the topmost the smallest.
    The state belongs to this object: a layer that is saved and loaded again is not frozen.
    """
    stop(model, batches)


def check_freeze(nlp: Language, target: TrainedComponent, batches: Mapping[str, int]) -> None:
    """Check that layers of a component can be frozen: ``batches`` is ``freeze`` of ``TransferSettings``.

    Raises B614 for an absent layer, B621 for a shared transformer, B626 for a layer to be frozen for some batches that
    no component of this package updates.
    """
    ours = isinstance(nlp.get_pipe(target.name), NetworkComponent)
    for layer, number in batches.items():
        target.check_has(layer, "target's")
        if target.listens and is_transformer(getattr(target.layers, layer)):
            raise BionerError("B621", component=target.name)
        if number != ALWAYS and (target.listens or not ours):
            raise BionerError("B626", layer=layer, batches=number, component=target.name)


def freeze_layers(target: TrainedComponent, batches: Mapping[str, int]) -> None:
    """Freeze layers of a component: ``batches`` is ``freeze`` of ``TransferSettings``, checked."""
    for layer, number in batches.items():
        freeze(getattr(target.layers, layer), None if number == ALWAYS else number)
