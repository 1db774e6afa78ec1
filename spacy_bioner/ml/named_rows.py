"""Names of the rows of a parameter, kept with the model: a row belongs to a word or character, not to a position."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import srsly
from thinc.api import Model, deserialize_attr, serialize_attr


class NamedRows:
    """An ordered set of row names; ``index[name]`` is the row of a name, ``names[row]`` the name of a row.

    Kept in ``model.attrs["rows"]`` of the layer that owns the parameter, and saved with it: thinc drops attributes that
    it cannot serialise, without a warning, so the two functions below register this type.

        E          rows.names                  weight transfer copies row 2 to the target's row of "p53",
        0  0.1 ..  "<unknown>"                 whatever its number is there
        1  0.4 ..  "binds"
        2 -0.3 ..  "p53"
    """

    __slots__ = ("index", "names")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: tuple[str, ...] = tuple(dict.fromkeys(names))
        self.index: dict[str, int] = {name: row for row, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self.index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamedRows) and self.names == other.names

    def __hash__(self) -> int:
        return hash(self.names)

    def __repr__(self) -> str:
        return f"NamedRows({len(self)} rows)"


@serialize_attr.register(NamedRows)
def _serialize(_: Any, value: NamedRows, name: str, model: Model) -> bytes:
    return srsly.msgpack_dumps(value.names)


@deserialize_attr.register(NamedRows)
def _deserialize(_: Any, value: bytes, name: str, model: Model) -> NamedRows:
    return NamedRows(srsly.msgpack_loads(value))
