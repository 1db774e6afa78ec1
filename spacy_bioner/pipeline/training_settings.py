"""The ``[training]`` block of a pipeline's config, with its variables resolved."""

from __future__ import annotations

from typing import Any

from spacy.language import Language


def training_settings(nlp: Language) -> dict[str, Any]:
    """Return a copy of ``[training]`` in which variables, such as ``${vars.max_epochs}``, have their values.

    In ``nlp.config`` itself they are strings: a comparison with a number or a search in a list would fail silently.
    spaCy fills in its defaults where a pipeline has no such block. A call takes some milliseconds.
    """
    return nlp.config.interpolate()["training"]
