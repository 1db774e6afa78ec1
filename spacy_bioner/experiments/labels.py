"""Labels by other names, as a user writes them."""

from __future__ import annotations

from ..errors import BionerError


def parse_labels(text: str) -> dict[str, str | None]:
    """Return ``{"GENE": "Gene", "Cell": None}`` of ``GENE=Gene,Cell=``; raises B235.

    ``*`` may stand for all other labels: see ``formats.relabel``.
    """
    labels: dict[str, str | None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        old, sign, new = (piece.strip() for piece in part.partition("="))
        if not old or not sign:
            raise BionerError("B235", given=text)
        labels[old] = new or None
    return labels
