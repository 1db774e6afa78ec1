"""The seam of relation extraction: ``Model[list[Pair], Floats2d]``, a row of unnormalised scores a pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d


class Entity(NamedTuple):
    """A mention of a Doc: its first token, one past its last, its type."""

    start: int
    end: int
    label: str


class Pair(NamedTuple):
    """Two mentions of a Doc that do not overlap, and the tokens that the network may read of it.

    start, end: the sentences of both mentions and all between them, or the whole document where there are none.
    sentences: how many ends of sentences lie between the mentions.
    """

    doc: Doc
    head: Entity
    tail: Entity
    start: int
    end: int
    sentences: int = 0


PairModel = Model[list[Pair], Floats2d]


def set_outputs(model: PairModel, classes: int, types: Sequence[str]) -> None:
    """Tell a network, before it is initialised, how many classes there are and which types of mentions."""
    output = model.get_ref("output")
    for node in (model, output):
        node.set_dim("nO", classes, force=True)
    for node in model.walk():
        if "types" in node.attrs:
            node.attrs["types"] = list(types)
