"""Plans to copy weights from one network to another by name: words, characters, tags, directions.

Giorgi & Bader (2018) copy a tagger's layers to a tagger of another corpus, Sachan et al. (2018) those of a language
model to a tagger. Neither the vocabularies nor the labels of the two need be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from thinc.api import Model
from thinc.util import to_numpy

from ...ml.named_rows import NamedRows
from ...ml.word_embedding import normalize_word
from ...pipeline.layers import Layer, Row, read_rows
from ...tags import OUTSIDE
from .copy_weights import copy_weights, difference, is_transformer, number_of_tensors
from .layers import DIRECTIONS, NetworkLayers


@dataclass
class Transfer:
    """The plan for one parameter of the target; ``apply`` executes it.

    copied: number of rows copied from the source; for a matrix whose rows have no names, all or none.
    added: number of these that are new in the target.
    rows: number of rows of the target afterwards.
    left: the reason for keeping the other rows.
    fault: the reason why nothing can be copied, although both networks have the layer.
    """

    layer: str
    parameter: str
    rows: int = 0
    copied: int = 0
    added: int = 0
    left: str = ""
    fault: str = ""
    apply: Callable[[], Any] = lambda: None


def plan_layer(
    layer: str,
    source: NetworkLayers,
    target: NetworkLayers,
    labels: Mapping[str, str] | None = None,
    extend: bool = True,
) -> list[Transfer]:
    """Plan to copy one layer, or one direction of ``encode``, of a source to a target; both are initialised.

    labels: for ``output`` and ``crf``, the source's name of a label by the target's, if they differ.
    extend: add rows to ``word`` and ``char`` of the target for words and characters that only the source has, so that
        it has trained rows for words that its training data lacks.
    """
    name = layer.partition(".")[0]
    old, new = getattr(source, name), getattr(target, name)
    if name == "encode":
        plan = _plan_transformer if is_transformer(old) or is_transformer(new) else _plan_directions
        return plan(layer, old, new)
    if name in ("char", "word"):
        return _plan_embedding(name, old, new, extend)
    if source.predicts != target.predicts:
        return [Transfer(name, "W", fault=f"the source predicts {source.predicts}, the target {target.predicts}")]
    if target.predicts == "words":
        return _plan_head(old, new)
    if target.predicts == "answers":
        edges = ("start", "end")
        return [_plan_rows(name, part, new, *_both(old, new, part), edges, edges) for part in new.param_names]
    assert source.decoder is not None, "it predicts tags"
    assert target.decoder is not None, "it predicts tags"
    return _plan_tags(name, old, new, source.decoder, target.decoder, labels or {})


def _plan_transformer(layer: str, source: Model, target: Model) -> list[Transfer]:
    step = Transfer(layer, "tensors")
    if is_transformer(source) and is_transformer(target):
        step.rows, step.fault = number_of_tensors(target), difference(source, target)
    else:
        step.fault = f"the source's encoder is a {source.name}, the target's a {target.name}"
    if not step.fault:
        step.copied, step.apply = step.rows, partial(copy_weights, source, target)
    return [step]


def _plan_directions(layer: str, source: Model, target: Model) -> list[Transfer]:
    plan = []
    directions = list(DIRECTIONS[layer])
    for parameter in target.param_names:
        old, new = _both(source, target, parameter)
        step = Transfer(layer, parameter, rows=new.shape[1] * len(directions))
        if old is None:
            step.fault = f"the source has {source.attrs['depth']} layer(s), the target {target.attrs['depth']}"
        elif old.shape != new.shape:
            step.fault = _sizes(old, new)
        else:
            # Every parameter of the recurrent net has the shape (2, rows, ...): forward, backward.
            value = new.copy()
            value[directions] = old[directions]
            step.copied, step.apply = step.rows, _setter(target, parameter, value)
        plan.append(step)
    if source.attrs["depth"] > target.attrs["depth"] and not any(step.fault for step in plan):
        plan[-1].left = f"layers above {target.attrs['depth']} of the source have no counterpart"
    return plan


def _plan_embedding(layer: str, source: Model, target: Model, extend: bool) -> list[Transfer]:
    plan = []
    for parameter in target.param_names:
        old, new = _both(source, target, parameter)
        step = Transfer(layer, parameter, rows=len(new))
        if source.name != target.name or old is None:
            step.fault = f"the source's layer is {source.name} with {_names(source)}, the target's {target.name} with "
            step.fault += _names(target)
        elif old.shape[parameter == "E" :] != new.shape[parameter == "E" :]:
            step.fault = _sizes(old, new)
        elif parameter == "E":
            _plan_named_rows(step, source, target, old, new, extend)
        else:
            step.copied, step.apply = len(new), _setter(target, parameter, old)
        plan.append(step)
    # All parameters of a layer or none: filters can only use the character vectors that they were trained with.
    if any(step.fault for step in plan):
        plan = [
            Transfer(
                layer, step.parameter, step.rows, fault=step.fault or "another parameter of the layer does not fit"
            )
            for step in plan
        ]
    return plan


def _plan_named_rows(step: Transfer, source: Model, target: Model, old: Any, new: Any, extend: bool) -> None:
    source_rows, target_rows = source.attrs["rows"], target.attrs["rows"]
    #   source rows   <unk> the p53 brca1          target rows, before   <unk> the gene
    #   target rows, after   <unk> the | p53 brca1 | gene                known = <unk> the, added = p53 brca1
    known = [name for name in target_rows.names if name in source_rows]
    numbers = target.attrs.get("numbers", "keep")
    only_in_source = [name for name in source_rows.names if name not in target_rows] if extend else []
    added = [name for name in only_in_source if normalize_word(name, numbers) == name]  # no target word reads the rest
    # The target's rows from `rare_from` on are words that occur once, which training randomly replaces by the unknown
    # word. A word whose row comes from the source has been trained and is no longer rare; the new order is
    #     frequent words | rare words that the source knows | words of the source alone | rare words of the target alone
    #                                                                                    ^ rare_from
    rare_from = target.attrs.get("rare_from", len(target_rows))
    first, rare = target_rows.names[:rare_from], target_rows.names[rare_from:]
    unknown = [name for name in rare if name not in source_rows]
    rows = NamedRows([*first, *(name for name in rare if name in source_rows), *added, *unknown])
    value: Any = np.empty((len(rows), new.shape[1]), dtype=new.dtype)
    for names, origin, values in (
        (known + added, source_rows, old),
        ([name for name in target_rows.names if name not in source_rows], target_rows, new),
    ):
        value[[rows.index[name] for name in names]] = values[[origin.index[name] for name in names]]

    set_rows = _setter(target, "E", value)

    def apply() -> None:
        set_rows()
        target.attrs["rows"] = rows
        if "rare_from" in target.attrs:
            target.attrs["rare_from"] = len(rows) - len(unknown)

    step.rows, step.copied, step.added, step.apply = len(rows), len(known) + len(added), len(added), apply
    if len(known) < len(target_rows):
        step.left = "not in the source"


def _plan_head(source: Model, target: Model) -> list[Transfer]:
    plan = []
    source_names, target_names = _clusters(source), _clusters(target)
    for parameter in target.param_names:
        old, new = _both(source, target, parameter)
        cluster = int(parameter[1:])
        if parameter[0] == "P":  # the rows of a projection have no names: all of them are copied, or none
            names: tuple[Sequence[str], Sequence[str]] = ([str(i) for i in range(len(new))],) * 2
        else:
            names = (source_names[cluster] if cluster < len(source_names) else (), target_names[cluster])
        plan.append(_plan_rows("output", parameter, target, old, new, *names))
    return plan


def _clusters(head: Model) -> list[list[str]]:
    """Return the names of the rows of each softmax; the first also has a row for each of the others."""
    bounds = head.attrs["bounds"]
    clusters = [list(head.attrs["rows"].names[start:end]) for start, end in pairwise(bounds)]
    clusters[0] += [f"<cluster {i}>" for i in range(1, len(clusters))]
    return clusters


def _plan_tags(
    layer: str,
    source: Model,
    target: Model,
    source_decoder: Model,
    target_decoder: Model,
    labels: Mapping[str, str],
) -> list[Transfer]:
    schemes = source_decoder.attrs["scheme"], target_decoder.attrs["scheme"]
    if schemes[0] != schemes[1]:
        fault = f"the source's tags are {schemes[0]}, the target's {schemes[1]}"
        return [Transfer(layer, name, len(target.get_param(name)), fault=fault) for name in target.param_names]
    old, new = (read_rows(decoder.attrs["tags"]) for decoder in (source_decoder, target_decoder))
    names, wanted = _names_of_rows(old, [_renamed(row, labels) for row in new])
    blocks = [row.layer for row in old]
    return [
        _plan_rows(
            layer, name, target, *_both(source, target, name), names, wanted, blocks if name == "transitions" else None
        )
        for name in target.param_names
    ]


def _renamed(row: Row, labels: Mapping[str, str]) -> Row:
    """Return a row of the target with the source's names of its labels."""
    prefix, hyphen, label = row.tag.partition("-")
    layer = Layer(tuple(labels.get(one, one) for one in row.layer.labels), row.layer.level)
    return Row(f"{prefix}{hyphen}{labels.get(label, label)}", layer)


def _names_of_rows(old: Sequence[Row], new: Sequence[Row]) -> tuple[list[Hashable], list[Hashable]]:
    """Return a name for each row of the source and of the target, the same for those that belong together.

    A row of a label belongs to that label at its level, whatever its layer. O is a row of a layer and means that a
    token is in no mention of the layer's labels. It comes from the one layer of the source at its level that has some
    of these labels:

        source                   target                   O of the target
        [Chemical], [Disease]    [Disease]                that of the source's [Disease]
        [Chemical, Disease]      [Chemical], [Disease]    that of the source, in both layers
        [Chemical], [Disease]    [Chemical, Disease]      none: of two layers, neither is outside both labels

    Where both have one layer at this level, O is O, even if they share no label.
    """
    theirs, ours = (list(dict.fromkeys(row.layer for row in rows)) for rows in (old, new))

    def origin(layer: Layer) -> Layer | None:
        there, here = ([one for one in layers if one.level == layer.level] for layers in (theirs, ours))
        near = [one for one in there if set(one.labels) & set(layer.labels)]
        near = there if len(there) == len(here) == 1 else near
        return near[0] if len(near) == 1 else None

    names: list[Hashable] = [(tag, layer if tag == OUTSIDE else layer.level) for tag, layer in old]
    wanted: list[Hashable] = [(tag, origin(layer) if tag == OUTSIDE else layer.level) for tag, layer in new]
    return names, wanted


def _plan_rows(
    layer: str,
    parameter: str,
    target: Model,
    old: Any,
    new: Any,
    names: Sequence[Hashable],
    wanted: Sequence[Hashable],
    blocks: Sequence[Layer] | None = None,
) -> Transfer:
    """Plan to copy the rows whose names ``wanted`` are among the source's ``names``.

    blocks: for a matrix of transitions, the layer of each row of the source; its cells are copied.
    """
    step = Transfer(layer, parameter, rows=len(new))
    if old is None:
        step.fault = "the source has no such parameter"
    elif blocks is None and old.shape[1:] != new.shape[1:]:
        step.fault = _sizes(old, new)
    else:
        row_of = {name: row for row, name in enumerate(names)}
        to = [row for row, name in enumerate(wanted) if name in row_of]
        origin = [row_of[wanted[row]] for row in to]
        value = new.copy()
        if blocks is None:
            value[to] = old[origin]
        else:
            # Transitions (tag, next tag): a cell is copied if the source knows both its tags and they are of one
            # layer there, as it has learned nothing between two.
            near = np.array([[blocks[i] == blocks[j] for j in origin] for i in origin], dtype=bool)
            value[np.ix_(to, to)] = np.where(near, old[np.ix_(origin, origin)], value[np.ix_(to, to)])
        step.copied, step.apply = len(to), _setter(target, parameter, value)
        if len(to) < len(new):
            step.left = "not in the source"
    return step


def _both(source: Model, target: Model, parameter: str) -> tuple[Any, Any]:
    old = to_numpy(source.get_param(parameter)) if source.has_param(parameter) else None
    return old, to_numpy(target.get_param(parameter))


def _setter(target: Model, parameter: str, value: Any) -> Callable[[], Any]:
    copy: Any = target.ops.asarray(value).copy()
    return partial(target.set_param, parameter, copy)


def _sizes(old: Any, new: Any) -> str:
    return f"the source's is {' x '.join(map(str, old.shape))}, the target's {' x '.join(map(str, new.shape))}"


def _names(model: Model) -> str:
    return " ".join(model.param_names)
