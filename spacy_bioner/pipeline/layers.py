"""Layers of tags over one text: mentions of different layers may overlap, those of one layer may not.

Each label, or each group of labels, has its own layer (Alex, Haddow & Grover 2007, "Recognising nested named entities
in biomedical text": one model per type). Nested mentions of one label are on further levels; each level has the longest
of the remaining mentions (their outside-in layering).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.training import Example

from ..disjoint_tags import TokenMention
from ..errors import BionerError
from ..ml.check_settings import check_whole
from ..spans import best_first
from ..tags import OUTSIDE, tag_set
from .gold_mentions import TagIds, gold_mentions, mention_tag_ids
from .prediction import Prediction, ScoredTokenSpan

Layers = str | list[list[str]] | None
"""``labels``: one layer for each label; or a list with the labels of each layer; None: a single layer."""


_MARK = "\x1e"
"""Separator of a tag and its layer: labels from files do not contain this character."""


class Layer(NamedTuple):
    """The labels of a layer, and its level, from 0."""

    labels: tuple[str, ...]
    level: int = 0


def check_layers(name: str, layers: Layers, levels: int) -> bool:
    """Return whether there is more than one layer; raise B662 for an invalid setting."""
    check_whole(name, levels=levels)
    is_list = isinstance(layers, list) and all(isinstance(group, list) and group for group in layers)
    named = [label for group in layers for label in group] if isinstance(layers, list) and is_list else []
    if not (layers in (None, "labels") or is_list) or len(named) != len(set(named)) or layers == []:
        raise BionerError("B662", name=name, layers=layers)
    return layers is not None or levels > 1


def plan_layers(name: str, labels: Sequence[str], layers: Layers, levels: int) -> list[Layer]:
    """Return the layers of these labels, all levels of a group one after the other.

    Raises B663 for a label of a layer that is not among these labels, and for a label without a layer.
    """
    if layers is None:
        groups = [tuple(labels)]
    elif isinstance(layers, str):
        groups = [(label,) for label in labels]
    else:
        groups = [tuple(group) for group in layers]
        named = {label for group in groups for label in group}
        for unknown, what in ((named - set(labels), "the data lacks"), (set(labels) - named, "no layer has")):
            if unknown:
                raise BionerError("B663", name=name, what=what, labels=", ".join(sorted(unknown)))
    return [Layer(group, level) for group in groups for level in range(levels)]


def row_names(layers: Sequence[Layer], scheme: str) -> list[list[str]]:
    """Return a name for each tag of each layer: the tag if only one layer has it, else the tag and the layer.

    Weights are transferred between models by these names.
    """
    names = []
    for i, (labels, level) in enumerate(layers):
        mark = f"{_MARK}{labels[0]} {level}"
        tags = tag_set(labels, scheme)
        names.append([f"{tag}{mark}" if level or (i and tag == OUTSIDE) else tag for tag in tags])
    return names


class Row(NamedTuple):
    """A row of a tagger's output: a tag, and the layer that it belongs to."""

    tag: str
    layer: Layer


def read_rows(names: Sequence[str]) -> list[Row]:
    """Return the tag and the layer of each row, given the names of ``row_names`` or the tags of a tagger of one layer.

    An ``O`` without a layer in its name is that of the first layer: each layer begins with its ``O``.
    """
    rows = []
    split = [name.partition(_MARK) for name in names]
    firsts = [i for i, (tag, *_) in enumerate(split) if tag == OUTSIDE]
    for start, end in pairwise([*firsts, len(names)]):
        tags = [tag for tag, *_ in split[start:end]]
        labels = tuple(dict.fromkeys(tag.partition("-")[2] for tag in tags[1:]))
        level = split[start][2].rpartition(" ")[2]
        rows += [Row(tag, Layer(labels, int(level or 0))) for tag in tags]
    return rows


def layer_tag_ids(
    examples: Sequence[Example], layers: Sequence[Layer], scheme: str, lengths: NDArray[np.int64]
) -> list[TagIds]:
    """Return the gold tags of each layer, as ids in its ``tag_set``, for all predicted tokens in order."""
    gold = [gold_mentions(example) for example in examples]
    found: list[TagIds] = []
    for labels, group in groupby(layers, key=lambda layer: layer.labels):
        found += mention_tag_ids(gold, tag_set(labels, scheme), scheme, lengths, set(labels), len(list(group)))
    return found


def left_out(gold: Sequence[TagIds], layers: Sequence[Layer]) -> tuple[int, int]:
    """Return how many mentions cross sequences, and how many others fit no layer; each mention counts once."""
    firsts = [one for one, layer in zip(gold, layers, strict=True) if layer.level == 0]
    return sum(one.cut for one in firsts), sum(one.left for one in firsts)


def join_layers(found: Iterable[Prediction]) -> Prediction:
    """Join the predictions of the layers; of overlapping mentions in one layer, the best is a result."""
    whole: dict[TokenMention, float] = {}
    candidates: dict[tuple[int, int, str], float] = {}
    for layer in found:
        # Within a layer mentions exclude each other as in a flat tagger. The mentions of different layers do not: all
        # become results, those that lose in their layer stay candidates.
        chosen = {layer.spans[i] for i in best_first(layer.spans, [score for *_, score in layer.spans])}
        for span in layer.spans:
            start, end, label, score = span
            if span in chosen:
                key: TokenMention = ((start, end),), label
                whole[key] = max(score, whole.get(key, 0.0))
            else:
                candidates[span[:3]] = max(score, candidates.get(span[:3], 0.0))
        for parts, label, score in layer.whole:
            key = tuple(parts), label
            whole[key] = max(score, whole.get(key, 0.0))
    spans: list[ScoredTokenSpan] = [
        (*span, score) for span, score in candidates.items() if (((span[0], span[1]),), span[2]) not in whole
    ]
    results = [(parts, label, score) for (parts, label), score in whole.items()]
    return Prediction([], sorted(results), sorted(spans))
