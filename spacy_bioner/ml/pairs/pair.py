"""The interface of relation networks: ``Model[list[Pair], Floats2d]``, one row of unnormalised scores per pair."""

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
    """Two mentions of a Doc that do not overlap, and the tokens of the Doc that the network may read.

    start, end: the sentences of both mentions and all between them, or the whole document if it has no sentences.
    sentences: the number of sentence ends between the mentions.
    """

    doc: Doc
    head: Entity
    tail: Entity
    start: int
    end: int
    sentences: int = 0


PairModel = Model[list[Pair], Floats2d]


def set_outputs(model: PairModel, classes: int, types: Sequence[str]) -> None:
    """Set the number of classes and the types of mentions of a network, before it is initialised."""
    output = model.get_ref("output")
    for node in (model, output):
        node.set_dim("nO", classes, force=True)
    for node in model.walk():
        if "types" in node.attrs:
            node.attrs["types"] = list(types)
