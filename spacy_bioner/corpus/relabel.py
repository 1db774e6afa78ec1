"""New labels for the mentions of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..errors import BionerError
from ..formats.document import Document

OTHERS = "*"
"""Stands for every label that is not named."""

Labels = Mapping[str, str | None]
"""New label by old label, None or "" to leave its mentions out. Other labels stay, unless ``OTHERS`` is a key."""


def new_label(label: str, labels: Labels) -> str | None:
    """Return the new label for a label; None if its mentions are left out."""
    return labels.get(label, labels.get(OTHERS, label)) or None


def relabelled(document: Document, labels: Labels) -> Document:
    """Return the document with new labels and without the mentions that are left out."""
    mentions = []
    for mention in document.mentions:
        label = new_label(mention.label, labels)
        if label is not None:
            mentions.append(mention if label == mention.label else replace(mention, label=label))
    return document.with_mentions(mentions)


def parse_labels(text: str) -> dict[str, str | None]:
    """Return ``{"GENE": "Gene", "Cell": None}`` of ``GENE=Gene,Cell=``; raises B235.

    ``*`` may stand for all other labels: see ``corpus.relabel``.
    """
    labels: dict[str, str | None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        old, sign, new = (piece.strip() for piece in part.partition("="))
        if not old or not sign:
            raise BionerError("B235", given=text)
        labels[old] = new or None
    return labels
