"""How a fitted CRF is kept: three files, checked against a checksum before anything of them is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import srsly

from ...errors import BionerError

META, MODEL, FEATURES = "meta.json", "model.crfsuite", "features.msgpack"

_FORMAT = 1


class Fitted(NamedTuple):
    """What ``initialize`` makes."""

    model: bytes  # crfsuite's file
    scheme: str
    labels: tuple[str, ...]
    settings: dict[str, Any]  # of the feature blocks
    features: dict[str, dict[str, Any]]  # what the feature blocks learned


def to_parts(fitted: Fitted) -> dict[str, bytes]:
    """Return the content of the three files by their names."""
    features = srsly.msgpack_dumps(fitted.features)
    meta = {
        "format": _FORMAT,
        "scheme": fitted.scheme,
        "labels": list(fitted.labels),
        "features": fitted.settings,
        "sha256": {MODEL: _digest(fitted.model), FEATURES: _digest(features)},
    }
    return {META: srsly.json_dumps(meta, indent=2).encode("utf8"), MODEL: fitted.model, FEATURES: features}


def from_parts(parts: Mapping[str, bytes], place: object) -> Fitted:
    """Read the content of the three files; ``place`` is where they are from.

    Raises B412 where one is missing, damaged, of another version or does not belong to the others.
    """
    try:
        meta = srsly.json_loads(parts[META].decode("utf8"))
        if meta["format"] != _FORMAT:
            raise ValueError(f"{META} is of format {meta['format']}, this version reads {_FORMAT}")
        for name in (MODEL, FEATURES):
            if _digest(parts[name]) != meta["sha256"][name]:
                raise ValueError(f"{name} ({len(parts[name])} bytes) is not what was saved")
        features = srsly.msgpack_loads(parts[FEATURES])
        return Fitted(parts[MODEL], meta["scheme"], tuple(meta["labels"]), meta["features"], features)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        raise BionerError("B412", place=place, reason=reason) from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
