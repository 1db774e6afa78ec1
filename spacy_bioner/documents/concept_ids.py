"""Several concept ids in one field, as PubTator and BioC join them."""

from __future__ import annotations

import re

CONCEPT_SEPARATOR = "|"
"""Between the ids of one entry or mention."""

_NONE = ("-1", "-", "")
_VARIANT = re.compile(r"[a-z]\|")
"""The start of tmVar's notation of a variant, ``p|SUB|V|1763|M``, which is a single id in spite of its bars."""


def split_concepts(field: str) -> tuple[str, ...]:
    """Return the ids of ``D014786|D006311`` (also joined by , or ;); ``-1``, ``-`` and an empty field have no ids."""
    if _VARIANT.match(field):
        return (field,)
    return tuple(name for part in re.split(r"[|,;]", field) if (name := part.strip()) not in _NONE)


def split_ids(joined: str) -> tuple[str, ...]:
    """Return the ids that ``join_concepts`` joined; an id may hold a comma or a semicolon."""
    if "|" not in joined or _VARIANT.match(joined):
        return (joined,) if joined else ()
    return tuple(filter(None, joined.split("|")))


def join_concepts(concepts: tuple[str, ...]) -> str:
    """Return ids as one field."""
    return "|".join(concepts)
