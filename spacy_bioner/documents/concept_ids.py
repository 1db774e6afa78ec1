"""Several concept ids in one field, as PubTator and BioC join them."""

from __future__ import annotations

import re
from collections.abc import Iterable

CONCEPT_SEPARATOR = "|"
"""Between the ids of one entry or mention."""

_NONE = ("-1", "-", "")
_VARIANT = re.compile(
    r"(?:tmVar:)?[a-z]\||(?:[^|,;]+;)*(?:tmVar|HGVS|VariantGroup|CorrespondingGene|CorrespondingSpecies|RS#|CA#):"
)
"""The start of tmVar's notation of a variant, which is a single id in spite of its bars and semicolons:

    p|SUB|V|1763|M
    tmVar:p|SUB|V|600|E;HGVS:p.V600E;VariantGroup:0;CorrespondingGene:673;RS#:113488022
    RS#:113488022;HGVS:p.V600E;CorrespondingGene:673
"""


def split_concepts(field: str) -> tuple[str, ...]:
    """Return the ids of ``D014786|D006311`` (also joined by , or ;); ``-1``, ``-`` and an empty field have no ids.

    tmVar's field of a variant is one id as it stands, so that PubTator and BioC get it back unchanged.
    """
    if _VARIANT.match(field):
        return (field,)
    return tuple(name for part in re.split(r"[|,;]", field) if (name := part.strip()) not in _NONE)


def split_ids(joined: str) -> tuple[str, ...]:
    """Return the ids that ``join_concepts`` joined; one may hold a comma or a semicolon, tmVar's alone bars too."""
    if "|" not in joined or _VARIANT.match(joined):
        return (joined,) if joined else ()
    return tuple(filter(None, joined.split("|")))


def join_concepts(concepts: Iterable[str]) -> str:
    """Return ids as one field."""
    return CONCEPT_SEPARATOR.join(concepts)


def unite_ids(fields: Iterable[str]) -> str:
    """Return the ids of several joined fields as one, each once, in the order given."""
    return join_concepts(dict.fromkeys(name for field in fields for name in split_ids(field)))
