"""A pipeline by the name that a user gives."""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language

from ..errors import BionerError


def load_pipeline(model: str | Path) -> Language:
    """Load a pipeline from a folder or an installed package. Raises B804, which names pipelines inside the folder."""
    from spacy.util import load_model

    try:
        return load_model(model)
    except OSError as error:
        inside = sorted(str(meta.parent) for meta in Path(model).glob("*/meta.json"))
        reason = f"this folder holds {' and '.join(inside)}" if inside else str(error)
        raise BionerError("B804", model=model, reason=reason) from None
