"""Freezing of layers for fine-tuning, for a number of batches or for all."""

from __future__ import annotations

from thinc.api import Model

from ...ml.frozen import FREEZE, Freeze


def freeze(model: Model, batches: int | None = None) -> None:
    """Freeze the parameters of a layer for this number of training batches, None for all.

    A layer is ``char``, ``word`` or ``encode`` of an encoder of this package. A component of this package counts the
    batches, one for each update (``accumulate_gradient`` parts are one batch); in components of other packages a layer
    can be frozen for all batches only.

    For gradual unfreezing (Howard & Ruder 2018, section 3.3) give each layer a number, the topmost the smallest.
    The state belongs to this object: a layer that is saved and loaded again is not frozen.
    """
    model.attrs[FREEZE] = Freeze(batches)
