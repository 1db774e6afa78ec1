"""JSON objects as the fields of a dataclass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints


def fault_of(record: Mapping[str, Any], kind: type, but: Collection[str] = ()) -> str:
    """Return why the values of a JSON object are not those of the fields of a dataclass; "" if they are.

    but: fields that the object does not have.
    """
    known = {field.name: field for field in fields(kind) if field.name not in but}
    types = get_type_hints(kind)
    for name, value in record.items():
        if name not in known:
            return f'"{name}" is unknown'
        if not is_of_type(value, types[name]):
            return f'"{name}" is {value!r}'
    for name, field in known.items():
        if name not in record and field.default is MISSING and field.default_factory is MISSING:
            return f'it has no "{name}"'
    return ""


def is_of_type(value: Any, kind: Any) -> bool:
    """Return whether a JSON value has an annotated type; an integer is also a float, a boolean is not a number."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    # float | None -> (float, NoneType, int); dict[str, int] -> (dict,): values of dictionaries are not checked.
    kinds = [get_origin(one) or one for one in get_args(kind) or (kind,)] if get_origin(kind) is not dict else [dict]
    kinds += [int] if float in kinds else []
    return isinstance(value, tuple(kinds)) and (bool in kinds or not isinstance(value, bool))
