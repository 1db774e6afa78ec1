"""The settings of a weight transfer, checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import BionerError
from ...ml.check_settings import check_flag, check_table, check_text
from .layers import DIRECTIONS, ENCODER, LAYERS

NAMES = (*LAYERS, *list(DIRECTIONS)[1:])
ALWAYS = -1
"""The number in ``freeze`` for a layer that is frozen throughout training."""


@dataclass(frozen=True)
class TransferSettings:
    """What to copy from which pipeline, and what to freeze afterwards.

    path: the pipeline that weights come from: a folder that ``spacy train`` or ``to_disk`` wrote, or a package.
    layers: ``char``, ``word``, ``encode``, ``output`` and ``crf``, or ``all``: those that both have. ``encode.forward``
        and ``encode.backward`` are one direction of the recurrent net; in a transformer ``encode`` is the whole network
        below ``output``. A list, or a string separated by commas.
    source_component, component: names in the source and in the target; by default the only one in each. A component
        that listens to a shared ``transformer`` or ``tok2vec`` has the layers of that as well.
    labels: for ``output`` and ``crf``, the source's name of a label by the target's: ``{"Drug": "Chemical"}``. In a
        tagger with layers, O is a row of its layer, and comes from the one layer of the source with such labels.
    extend: add rows to the target for words and characters that only the source has.
    strict: raise an error if a layer's sizes differ or a named layer is absent; otherwise that layer keeps its initial
        values.
    freeze: the number of training batches for which ``char``, ``word`` or ``encode`` of the target are frozen, -1 for
        all, whether or not weights were copied to them. A smaller number for ``encode`` than for the two below it is
        gradual unfreezing. Only components of this package count batches: in others, and in a shared ``tok2vec``, a
        layer is frozen for all.

    Raises B613 for an unknown layer, B617 for a layer or a number of batches that cannot be frozen, B623 for a setting
    of the wrong type.
    """

    path: str | Path
    layers: str | Sequence[str] = "all"
    source_component: str | None = None
    component: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    extend: bool = True
    strict: bool = True
    freeze: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = {"source_component": self.source_component, "component": self.component}
        check_text("transfer_weights", **{name: value for name, value in named.items() if value is not None})
        check_table("transfer_weights", labels=self.labels, freeze=self.freeze)
        check_flag("transfer_weights", extend=self.extend, strict=self.strict)
        names = self.layers.split(",") if isinstance(self.layers, str) else self.layers
        object.__setattr__(self, "layers", tuple(str(name).strip() for name in names))
        for layer in self.layers:
            if layer not in (*NAMES, "all"):
                raise BionerError("B613", layer=layer, known=", ".join(NAMES))
        for layer, batches in self.freeze.items():
            whole = isinstance(batches, int) and not isinstance(batches, bool)
            if layer not in ENCODER or not whole or (batches < 1 and batches != ALWAYS):
                raise BionerError("B617", layer=layer, batches=batches)

    @property
    def names(self) -> list[str]:
        """Return each layer to copy once, in the order given; ``all`` stands for those of ``LAYERS``."""
        return list(dict.fromkeys(name for layer in self.layers for name in (LAYERS if layer == "all" else (layer,))))
