"""Initial weights of the tags of a label added after initialisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

MARGIN = 5.0
"""By how much the score of O is higher than that of a new tag, per token."""


def start_as_outside(model: Model[list[Doc], list[Floats2d]], new: Sequence[str], outside: str) -> None:
    """Give tags that ``set_tags`` has just added to an initialised tag model the scores of O, minus ``MARGIN``.

    outside: the name of the row of O, in a model with layers that of their layer.

    The model has learned to tag tokens of the new label as O. Wherever a new tag is legal, O is legal too, with a score
    that is higher by ``MARGIN`` per token. So the best sequence does not change before training, and the new tags start
    from the weights of O.
    """
    output, decoder = model.get_ref("output"), model.get_ref("decoder")
    tags = decoder.attrs["tags"]
    origin, rows = tags.index(outside), [tags.index(tag) for tag in new]
    for layer, names in ((output, ("W", "b")), (decoder, ("start", "transitions", "end"))):
        for name in names:
            if not layer.has_param(name):  # the softmax decoder has none
                continue
            values: Any = layer.get_param(name).copy()
            values[rows] = values[origin]
            if name == "transitions":
                values[:, rows] = values[:, [origin]]
            elif name == "b":
                values[rows] -= MARGIN
            layer.set_param(name, values)
