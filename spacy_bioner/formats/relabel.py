"""Other labels for the mentions of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .document import Document

OTHERS = "*"
"""Stands for every label that is not named."""

Labels = Mapping[str, str | None]
"""New label by the old one, or None (or "") to leave its mentions out; labels not named stay, unless ``OTHERS`` is."""


def new_label(label: str, labels: Labels) -> str | None:
    """Return the label that one is mapped to, None where its mentions are left out."""
    return labels.get(label, labels.get(OTHERS, label)) or None


def relabelled(document: Document, labels: Labels) -> Document:
    """Return the document with other labels, without the mentions that are left out; all else of it stays."""
    mentions = []
    for mention in document.mentions:
        label = new_label(mention.label, labels)
        if label is not None:
            mentions.append(mention if label == mention.label else replace(mention, label=label))
    return replace(document, mentions=mentions)
