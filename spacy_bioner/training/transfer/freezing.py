"""Freezing of layers for fine-tuning, for a number of batches or for all."""

from __future__ import annotations

from thinc.api import Model

from ...ml.frozen import FREEZE, Freeze


def freeze(model: Model, batches: int | None = None) -> None:
    """Freeze the parameters of a layer for this number of training batches, None for all.

    For gradual unfreezing (Howard & Ruder 2018, section 3.3) give each layer a number, the topmost the smallest.
    The state belongs to this object: a layer that is saved and loaded again is not frozen.
    """
    model.attrs[FREEZE] = Freeze(batches)
