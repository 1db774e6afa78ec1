"""Serialisation of a fitted CRF: crfsuite's file and the state of the features, sealed (``pipeline/sealed.py``)."""

from __future__ import annotations

from typing import Any, NamedTuple

import srsly

from ...tags import tag_set
from ..layers import Layer
from ..sealed import Saved, explain_damage
from .crfsuite_reader import CrfModel, read_model

MODEL, FEATURES = "model.crfsuite", "features.msgpack"
LAYERS = "layers.msgpack"
"""In place of MODEL where the CRF has several layers: their files, in order."""


class Fitted(NamedTuple):
    """The result of ``initialize``."""

    models: tuple[bytes, ...]  # crfsuite's files, one a layer
    layers: tuple[Layer, ...]  # none where there is one CRF for all labels
    scheme: str
    labels: tuple[str, ...]
    settings: dict[str, Any]  # of the feature blocks
    features: dict[str, dict[str, Any]]  # state of the feature blocks
    trained_on: dict[str, Any]  # tokenization of the training text: ``training_text.py``


def to_parts(fitted: Fitted | None) -> Saved:
    """Return the description to save and the contents of the files by name; no files before fitting."""
    if fitted is None:
        return Saved({"fitted": False}, {})
    about = {
        "fitted": True,
        "scheme": fitted.scheme,
        "labels": list(fitted.labels),
        "layers": [[list(labels), level] for labels, level in fitted.layers],
        "features": fitted.settings,
        "trained_on": fitted.trained_on,
    }
    models = fitted.models
    file, content = (LAYERS, srsly.msgpack_dumps(list(models))) if fitted.layers else (MODEL, models[0])
    return Saved(about, {file: content, FEATURES: srsly.msgpack_dumps(fitted.features)})


def from_parts(saved: Saved, name: str, place: object) -> Fitted | None:
    """Rebuild from the parts of ``to_parts``; ``name``: of the component, ``place``: their origin. Raises B580."""
    with explain_damage(name, place):
        about = saved.about
        if not about["fitted"]:
            return None
        features = srsly.msgpack_loads(saved.parts[FEATURES])
        models = tuple(srsly.msgpack_loads(saved.parts[LAYERS]) if LAYERS in saved.parts else [saved.parts[MODEL]])
        layers = tuple(Layer(tuple(own), level) for own, level in about["layers"])
        if len(models) != max(1, len(layers)):
            raise ValueError(f"it has {len(models)} models of {len(layers)} layers")
        labels = tuple(about["labels"])
        return Fitted(models, layers, about["scheme"], labels, about["features"], features, about["trained_on"])


def read_models(fitted: Fitted) -> list[CrfModel]:
    """Read the model of each layer.

    Raises B410 for one that is damaged, and ValueError for one that has a tag twice, or one that is not of its labels:
    the time and the memory that a model takes grow with its tags, and what it finds must be among the labels.
    """
    models = [read_model(data) for data in fitted.models]
    groups = [layer.labels for layer in fitted.layers] or [fitted.labels]
    for model, labels in zip(models, groups, strict=True):
        left = list(model.tags)
        for tag in set(model.tags).intersection(tag_set(labels, fitted.scheme)):
            left.remove(tag)
        if left:
            raise ValueError(f"its tags are not those of its labels: {left[0]} is one too many")
    return models
