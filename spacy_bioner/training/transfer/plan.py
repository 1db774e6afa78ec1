"""The plan of a weight transfer: complete and checked before any parameter of the target is changed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.language import Language

from ...errors import BionerError
from .copy_weights import is_transformer
from .freezing import check_freeze, freeze_layers
from .layer_plans import Transfer, plan_layer
from .settings import TransferSettings
from .source_model import TrainedComponent, find_component, load_component, other_vectors


@dataclass(frozen=True)
class TransferPlan:
    """The transfers from one component to another, one per parameter of the target. ``apply`` executes them."""

    settings: TransferSettings
    source: TrainedComponent
    target: TrainedComponent
    transfers: list[Transfer]

    def check(self) -> None:
        """Raise B615 for a fault under ``strict``, B616 if nothing is copied; warn of different vectors (B620)."""
        path = self.settings.path
        fault = next((transfer for transfer in self.transfers if transfer.fault), None)
        if self.settings.strict and fault is not None:
            raise BionerError("B615", layer=f"{fault.layer} {fault.parameter}", path=path, fault=fault.fault)
        copied = {transfer.layer.partition(".")[0] for transfer in self.transfers if transfer.copied}
        if not copied:
            raise BionerError("B616", path=path, table=table(self.transfers))
        # `word` and `encode` were trained with the source's vectors; `output` and `crf` do not read vectors.
        if copied & {"word", "encode"} and self.source.layers.word is not None and self.target.layers.word is not None:
            difference = other_vectors(self.source.vectors, self.target.vectors)
            if difference:
                warnings.warn(str(BionerError("B620", path=path, fault=difference)), stacklevel=4)

    def apply(self) -> None:
        """Copy the weights into the target, then freeze its layers."""
        for transfer in self.transfers:
            transfer.apply()
        freeze_layers(self.target, self.settings.freeze)


def make_plan(nlp: Language, settings: TransferSettings) -> TransferPlan:
    """Find both components and plan what each layer of the target receives; change nothing.

    Raises B610 for a missing pipeline, B611 and B612 for a missing or ambiguous component, B614 for an absent layer,
    B618 for an unknown label, B619 for a direction of a transformer, and as ``check_freeze``.
    """
    target = find_component(nlp, settings.component, "to be trained", "component")
    source = load_component(settings.path, settings.source_component)
    sides = (("source's", source), ("target's", target))
    for where, side in sides:
        _check_directions(settings, where, side)
    _check_labels(settings, source, target)
    check_freeze(nlp, target, settings.freeze)
    transfers = [transfer for layer in settings.names for transfer in _plan(layer, settings, source, target)]
    return TransferPlan(settings, source, target, transfers)


def _plan(layer: str, settings: TransferSettings, source: TrainedComponent, target: TrainedComponent) -> list[Transfer]:
    for where, side in (("source's", source), ("target's", target)):
        if settings.strict and layer in settings.layers:
            side.check_has(layer, where)
        if not side.layers.has(layer):
            return [Transfer(layer, "", left=f"the {where} {side.name} has none")]
    predicted = source.layers.predicts, target.layers.predicts
    # With "all", an output of another kind (words of a language model, tags) is left out without an error.
    if layer == "output" and "all" in settings.layers and predicted[0] != predicted[1]:
        return [Transfer(layer, "", left=f"it predicts {predicted[1]}, the source's {predicted[0]}")]
    return plan_layer(layer, source.layers, target.layers, settings.labels, settings.extend)


def _check_directions(settings: TransferSettings, where: str, side: TrainedComponent) -> None:
    encode = side.layers.encode
    for layer in settings.layers:
        if layer.startswith("encode.") and encode is not None and is_transformer(encode):
            raise BionerError("B619", layer=layer, where=where, component=side.name)


def _check_labels(settings: TransferSettings, source: TrainedComponent, target: TrainedComponent) -> None:
    labels = dict(settings.labels)
    for where, side, names in (("target", target, labels.keys()), ("source", source, labels.values())):
        known = side.layers.labels
        for name in names:
            if name not in known:
                raise BionerError("B618", labels=labels, unknown=name, where=where, known=", ".join(known) or "none")


def table(transfers: Sequence[Transfer]) -> str:
    """Return transfers as a table of text: the numbers of copied and new rows of each parameter, and all rows."""
    rows = [("layer", "parameter", "copied", "new", "of", "the rest")]
    rows += [
        (step.layer, step.parameter, str(step.copied), str(step.added), str(step.rows), step.fault or step.left)
        for step in transfers
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
