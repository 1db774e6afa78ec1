"""How a fitted CRF is kept: crfsuite's file and what the features learnt, sealed (``pipeline/sealed.py``)."""

from __future__ import annotations

from typing import Any, NamedTuple

import srsly

from ..sealed import Saved, explain_damage, unpack

MODEL, FEATURES = "model.crfsuite", "features.msgpack"


class Fitted(NamedTuple):
    """What ``initialize`` makes."""

    model: bytes  # crfsuite's file
    scheme: str
    labels: tuple[str, ...]
    settings: dict[str, Any]  # of the feature blocks
    features: dict[str, dict[str, Any]]  # what the feature blocks learned
    trained_on: dict[str, Any]  # how the training text was cut: ``training_text.py``


def to_parts(fitted: Fitted | None) -> Saved:
    """Return what to save: a description, and the content of the files by their names; none before it is fitted."""
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
    """Read what ``to_parts`` gave; ``name`` is the component's and ``place`` where it is from. Raises B580."""
    with explain_damage(name, place):
        about = saved.about
        if not about["fitted"]:
            return None
        features = unpack(saved.parts[FEATURES])
        labels = tuple(about["labels"])
        return Fitted(saved.parts[MODEL], about["scheme"], labels, about["features"], features, about["trained_on"])
