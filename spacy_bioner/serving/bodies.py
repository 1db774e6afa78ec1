"""The bodies of requests: decoded, and refused where an answer could not be written or would be too large."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

from ..documents.document import Document, has_surrogates

DEEPEST = 100
"""Most lists and objects inside each other; a BioC collection has eight."""

FORMS = '{"text": ...}, {"texts": [...]} or {"documents": [{"id": ..., "text": ...}]}'


class Refused(Exception):
    """A rejected request: the status of the response and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def decoded(content: bytes | bytearray) -> Any:
    """Return the JSON value of a body.

    Raises Refused: 400 for what is not JSON (NaN and Infinity are not), 422 for what a response, which repeats parts of
    the body, cannot hold: unpaired surrogates, numbers that are too large for a float, deep nesting.
    """
    try:
        body = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as err:
        raise Refused(400, f"the body is not JSON: {err}") from None
    level, depth = [body], 0
    while level:
        if depth > DEEPEST:
            raise Refused(422, f"the body has more than {DEEPEST} lists and objects inside each other")
        if any(isinstance(value, str) and has_surrogates(value) for value in level):
            raise Refused(422, "the body holds an unpaired surrogate")
        if any(isinstance(value, float) and not isfinite(value) for value in level):
            raise Refused(422, "the body holds a number that is too large")
        level, depth = list(_inside(level)), depth + 1
    return body


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a value of JSON")


def _inside(values: list[Any]) -> Iterator[Any]:
    """Yield the members of lists, and the names and values of objects."""
    for value in values:
        if isinstance(value, dict):
            yield from value
            yield from value.values()
        elif isinstance(value, list):
            yield from value


def documents_of(body: Any) -> list[Document]:
    """Return the documents of a body in one of the FORMS. Raises Refused (422) for any other."""
    forms = ("text", "texts", "documents")
    given = [(name, body[name]) for name in forms if name in body] if isinstance(body, dict) else []
    items: list[Any]
    match given:
        case [("text", text)]:
            items = [{"text": text}]
        case [("texts", list(texts))]:
            items = [{"text": text} for text in texts]
        case [("documents", list(items))]:
            pass
        case [_]:
            raise Refused(422, f"{given[0][0]} has another type than in {FORMS}")
        case _:
            found = " and ".join(name for name, _ in given) or "none of them"
            raise Refused(422, f"expected one of {FORMS}, but there is {found}")
    for number, item in enumerate(items):
        if fault := _fault_of(item):
            place = given[0][0] if given[0][0] == "text" else f"{given[0][0]}[{number}]"
            raise Refused(422, f"{place}: {fault}; expected one of {FORMS}")
    return [Document(item["text"], id=item.get("id", "")) for item in items]


def _fault_of(item: Any) -> str:
    """Return why an item is no document, or ""."""
    if not isinstance(item, dict):
        return "not an object"
    if not isinstance(item.get("text"), str):
        return "its text is not a string"
    return "" if isinstance(item.get("id", ""), str) else "its id is not a string"


def records_of(body: Any) -> list[dict[str, Any]]:
    """Return the documents of a BioC JSON collection. Raises Refused (422) for what is none."""
    records = body.get("documents") if isinstance(body, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Refused(422, 'expected a BioC collection: {"documents": [{"id": ..., "passages": [...]}]}')
    return records


def bare(unit: Any) -> Any:
    """Return a BioC document, passage or sentence, or a list of them, without annotations and relations."""
    if isinstance(unit, list):
        return [bare(one) for one in unit]
    if not isinstance(unit, dict):
        return unit
    kept = {name: value for name, value in unit.items() if name not in ("annotations", "relations")}
    return {**kept, **{name: bare(kept[name]) for name in ("passages", "sentences") if name in kept}}


def length_of(record: dict[str, Any]) -> int:
    """Return the number of characters that the text of a BioC document has at most, by its offsets.

    A passage of a few bytes may lie a million characters after the one before, and the text has these characters.
    """
    passages = _objects(record, "passages")
    units = [unit for passage in passages for unit in (passage, *_objects(passage, "sentences"))]
    return max(map(_end, units), default=0)


def _objects(owner: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = owner.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _end(unit: dict[str, Any]) -> int:
    # What is no offset or no text counts as nothing: ``to_document`` refuses it.
    offset, text = re.fullmatch(r"\s*\d{1,15}\s*", str(unit.get("offset", 0))), unit.get("text")
    return (int(offset[0]) if offset else 0) + (len(text) if isinstance(text, str) else 0)
