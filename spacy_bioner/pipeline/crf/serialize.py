"""Serialisation of a fitted CRF: crfsuite's file and the state of the features, sealed (``pipeline/sealed.py``)."""

from __future__ import annotations

from typing import Any, NamedTuple

import srsly

from ..sealed import Saved, explain_damage, unpack

MODEL, FEATURES = "model.crfsuite", "features.msgpack"


class Fitted(NamedTuple):
    """The result of ``initialize``."""

    model: bytes  # crfsuite's file
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
        "features": fitted.settings,
        "trained_on": fitted.trained_on,
    }
    return Saved(about, {MODEL: fitted.model, FEATURES: srsly.msgpack_dumps(fitted.features)})


def from_parts(saved: Saved, name: str, place: object) -> Fitted | None:
    """Rebuild from the parts of ``to_parts``; ``name``: of the component, ``place``: their origin. Raises B580."""
    with explain_damage(name, place):
        about = saved.about
        if not about["fitted"]:
            return None
        features = unpack(saved.parts[FEATURES])
        labels = tuple(about["labels"])
        return Fitted(saved.parts[MODEL], about["scheme"], labels, about["features"], features, about["trained_on"])
