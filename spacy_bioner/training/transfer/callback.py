"""Weights from a trained pipeline for a new one: ``spacy-bioner.transfer_weights.v1``.

``source =`` cannot do this: a sourced component is resumed with the labels and words that it has. Here the new one is
initialised for its own corpus and then given what the old one has learned, row by row, by name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from spacy.language import Language
from spacy.util import logger

from ...errors import BionerError
from .copy_weights import is_transformer
from .freezing import freeze as freeze_layer
from .plan import DIRECTIONS, LAYERS, Parts, Transfer, plan_transfer
from .source_model import Trained, find_component, load_component, other_vectors

NAMES = (*LAYERS, *list(DIRECTIONS)[1:])
ENCODER = ("char", "word", "encode")


def make_transfer_weights(
    path: str | Path | None = None,
    layers: str | Sequence[str] = "all",
    source_component: str | None = None,
    component: str | None = None,
    labels: Mapping[str, str] | None = None,
    extend: bool = True,
    strict: bool = True,
    freeze: Mapping[str, int] | None = None,
) -> Callable[[Language], None]:
    """Return a callback for ``[initialize.after_init]``: see ``transfer_weights`` for its options.

    ``path = null`` does nothing, so that one config trains with and without; nor does it do anything inside ``spacy
    pretrain``, where no component is there yet.
    """

    def transfer(nlp: Language) -> None:
        if path and nlp.pipe_names:
            transfer_weights(nlp, path, layers, source_component, component, labels, extend, strict, freeze)

    return transfer


def transfer_weights(
    nlp: Language,
    path: str | Path,
    layers: str | Sequence[str] = "all",
    source_component: str | None = None,
    component: str | None = None,
    labels: Mapping[str, str] | None = None,
    extend: bool = True,
    strict: bool = True,
    freeze: Mapping[str, int] | None = None,
) -> list[Transfer]:
    """Copy weights from the pipeline at ``path`` into an initialised one; return, and log, what became of each.

    layers: ``char``, ``word``, ``encode``, ``output`` and ``crf``, or ``all``: those that both have. ``encode.forward``
        and ``encode.backward`` are one direction of the recurrent net; of a transformer ``encode`` is all there is
        below ``output``, and goes over whole. A list, or a string with commas between.
    source_component, component: names in the source and in ``nlp``; by default the only one each has. A component that
        listens to a shared ``transformer`` or ``tok2vec`` has the layers of that as well.
    labels: for ``output`` and ``crf``, the source's name of a label by the target's: ``{"Drug": "Chemical"}``.
    extend: words and characters that only the source knows get rows in the target as well.
    strict: raise where a layer's sizes differ or a layer named is absent; else it stays as it is, as the table says.
    freeze: the number of training batches for which ``char``, ``word`` or ``encode`` of the target stand still, -1 for
        ever. A smaller number for ``encode`` than for the two below it is gradual unfreezing. A number says nothing of
        how the layer got its weights.

    Warns of word vectors that differ (B620): the source's layers have learnt to read its own.

    Raises, with the target as it was: B610 no such pipeline, B611 and B612 no such component, or several, B613 no such
    name of a layer, B614 a layer is absent, B615 sizes or word pieces differ, B616 nothing matched, B617 cannot be
    frozen, B618 no such label, B619 a direction of a transformer, B621 a shared transformer cannot be frozen here.
    """
    layers = [name.strip() for name in layers.split(",")] if isinstance(layers, str) else layers
    _check(layers, freeze or {})
    target = find_component(nlp, component, "to be trained", "component")
    source = load_component(path, source_component)
    target_name, source_name, theirs, ours = target.name, source.name, source.parts, target.parts
    _check_directions(layers, ("source's", source_name, theirs), ("target's", target_name, ours))
    _check_labels(labels or {}, theirs, ours)
    _check_freeze(freeze or {}, target)
    plan: list[Transfer] = []
    for layer in _named(layers):
        absent = [
            (where, name, parts)
            for where, name, parts in (("source's", source_name, theirs), ("target's", target_name, ours))
            if layer.partition(".")[0] not in parts.known
        ]
        if absent:
            where, name, parts = absent[0]
            if strict and layer in layers:
                raise BionerError("B614", where=where, component=name, layer=layer, known=", ".join(parts.known))
            plan.append(Transfer(layer, "", left=f"the {where} {name} has none"))
        elif layer == "output" and "all" in layers and theirs.predicts != ours.predicts:
            plan.append(Transfer(layer, "", left=f"it predicts {ours.predicts}, the source's {theirs.predicts}"))
        else:
            plan += plan_transfer(layer, theirs, ours, labels, extend)
    fault = next((step for step in plan if step.fault), None)
    if strict and fault is not None:
        raise BionerError("B615", layer=f"{fault.layer} {fault.parameter}", path=path, fault=fault.fault)
    if not any(step.copied for step in plan):
        raise BionerError("B616", path=path, table=table(plan))
    if any(step.copied for step in plan if step.layer.partition(".")[0] in ("word", "encode")):
        _compare_vectors(path, source, target)
    for step in plan:
        step.apply()
    logger.info("Transferred from %s, %s, to %s:\n%s", path, source_name, target_name, table(plan))
    for layer, batches in (freeze or {}).items():
        freeze_layer(getattr(ours, layer), None if batches == -1 else batches)
    return plan


def table(plan: Sequence[Transfer]) -> str:
    """Return the rows of a plan as a table of text: what is copied, added and left, and why."""
    rows = [("layer", "parameter", "copied", "new", "of", "the rest")]
    rows += [
        (step.layer, step.parameter, str(step.copied), str(step.added), str(step.rows), step.fault or step.left)
        for step in plan
    ]
    layer, parameter, *numbers = (max(len(row[i]) for row in rows) for i in range(5))
    return "\n".join(
        "  ".join(
            [
                row[0].ljust(layer),
                row[1].ljust(parameter),
                *(cell.rjust(width) for cell, width in zip(row[2:5], numbers, strict=True)),
                row[5],
            ]
        ).rstrip()
        for row in rows
    )


def _check(layers: Sequence[str], freeze: Mapping[str, int]) -> None:
    for layer in layers:
        if layer not in (*NAMES, "all"):
            raise BionerError("B613", layer=layer, known=", ".join(NAMES))
    for layer, batches in freeze.items():
        if layer not in ENCODER or (batches < 1 and batches != -1):
            raise BionerError("B617", layer=layer, batches=batches)


def _check_directions(layers: Sequence[str], *sides: tuple[str, str, Parts]) -> None:
    for where, name, parts in sides:
        for layer in layers:
            if layer.startswith("encode.") and parts.encode is not None and is_transformer(parts.encode):
                raise BionerError("B619", layer=layer, where=where, component=name)


def _check_freeze(freeze: Mapping[str, int], target: Trained) -> None:
    ours = target.parts
    for layer in freeze:
        if layer not in ours.known:
            raise BionerError("B614", where="target's", component=target.name, layer=layer, known=", ".join(ours.known))
        if target.listens and is_transformer(getattr(ours, layer)):
            raise BionerError("B621", component=target.name)


def _compare_vectors(path: str | Path, source: Trained, target: Trained) -> None:
    if source.parts.word is not None and target.parts.word is not None:
        fault = other_vectors(source.vectors, target.vectors)
        if fault:
            warnings.warn(str(BionerError("B620", path=path, fault=fault)), stacklevel=3)


def _named(layers: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name for layer in layers for name in (LAYERS if layer == "all" else (layer,))))


def _check_labels(labels: Mapping[str, str], theirs: Parts, ours: Parts) -> None:
    for where, parts, names in (("target", ours, list(labels)), ("source", theirs, list(labels.values()))):
        tags = parts.decoder.attrs["tags"] if parts.decoder else []
        known = list(dict.fromkeys(tag[2:] for tag in tags if tag[2:]))
        for name in names:
            if name not in known:
                raise BionerError(
                    "B618", labels=dict(labels), unknown=name, where=where, known=", ".join(known) or "none"
                )
