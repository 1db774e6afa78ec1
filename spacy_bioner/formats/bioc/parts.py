"""What all parts of BioC's JSON have: ids, infons, lists of objects; and scores, which infons hold."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from ..json_stream import name_of

TYPE, SCORE = "type", "score"


class Fault(Exception):
    """What is wrong with a part of a document, in words."""


def objects(owner: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects, empty if there is none. Raises Fault for another value."""
    items = owner.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Fault(f'"{name}" is not a list of objects')
    return items


def infons_of(owner: dict[str, Any]) -> dict[str, str]:
    """Return the infons as strings, without those that are null. Raises Fault if they are no object."""
    infons = owner.get("infons") or {}
    if not isinstance(infons, dict):
        raise Fault('"infons" is not an object')
    return {key: infon(value) for key, value in infons.items() if value is not None}


def infon(value: Any) -> str:
    """Return a value as an infon: a string as it is, any other as JSON. Raises what ``json.dumps`` raises."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def name_in(owner: dict[str, Any], key: str) -> str:
    """Return the id that is the value of a key. Raises Fault if it is no id."""
    name = name_of(owner.get(key))
    if name is None:
        raise Fault(f'"{key}" is not a string')
    return name


def score_of(value: str | None) -> float | None:
    """Return the probability that an infon states; None if it states none."""
    try:
        score = float(value) if value is not None else None
    except ValueError:
        return None
    return score if score is not None and isfinite(score) and 0 <= score <= 1 else None


def quoted(value: Any) -> str:
    """Return a value as a message shows it: in ASCII, and not too long."""
    words = ascii(value)
    return words if len(words) <= 80 else f"{words[:77]}..."
