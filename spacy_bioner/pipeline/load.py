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
        raise no_pipeline(model, str(error)) from None


def no_pipeline(model: str | Path, reason: str) -> BionerError:
    """Return B804 for what is no pipeline; a folder of pipelines, such as `spacy train` writes, has their names."""
    inside = sorted(str(meta.parent) for meta in Path(model).glob("*/meta.json"))
    return BionerError("B804", model=model, reason=f"this folder holds {' and '.join(inside)}" if inside else reason)
