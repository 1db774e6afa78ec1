"""Freezing of layers for fine-tuning, for a number of batches or for all."""

from __future__ import annotations

from thinc.api import Model

from ...ml.frozen import FREEZE, Freeze


def freeze(model: Model, batches: int | None = None) -> None:
    """Keep the parameters of one layer unchanged for this number of training batches, None for all.

    Gradual unfreezing (Howard & Ruder, 2018, section 3.3) is a number for each layer, the smallest for the highest.
    It holds for this object in this process; a saved layer is not frozen.
    """
    model.attrs[FREEZE] = Freeze(batches)
