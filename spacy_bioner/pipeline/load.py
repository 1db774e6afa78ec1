"""A pipeline by the name that a user gives."""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language

from ..errors import BionerError
from .sealed import is_inside


def load_pipeline(model: str | Path) -> Language:
    """Load a pipeline from a folder or an installed package.

    Raises B804, which names pipelines inside the folder, also for a component whose name leads out of the folder: what
    saves the pipeline would write there.
    """
    from spacy.util import load_model

    try:
        nlp = load_model(model)
    except OSError as error:
        raise no_pipeline(model, str(error)) from None
    if wrong := [name for name in nlp.component_names if not is_inside(name)]:
        raise no_pipeline(model, f"the name of its component {wrong[0]!r} leads out of its folder")
    return nlp


def no_pipeline(model: str | Path, reason: str) -> BionerError:
    """Return B804 for what is no pipeline; a folder of pipelines, such as `spacy train` writes, has their names."""
    inside = sorted(str(meta.parent) for meta in Path(model).glob("*/meta.json"))
    return BionerError("B804", model=model, reason=f"this folder holds {' and '.join(inside)}" if inside else reason)
