"""New labels for the mentions of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..errors import BionerError
from ..formats.declared_types import read_types, write_types
from ..formats.document import Document, Mention

OTHERS = "*"
"""Stands for every label that is not named."""

NOT_KNOWN = "?"
"""In place of a new label: it is not known whether the mentions of the old one have another label, or none."""

Labels = Mapping[str, str | None]
"""New label by old label, None or "" to leave its mentions out. Other labels stay, unless ``OTHERS`` is a key.

``NOT_KNOWN`` makes their tokens unknown, where a Doc is made; a Document cannot say it (B743). An old label may name an
attribute of its mentions, or one with its value: ``ADR:Negated``, ``ADR:Certainty:low``. Mentions that have it get the
new label, which none of the others does."""


def new_label(label: str, labels: Labels) -> str | None:
    """Return the new label for a label; None if its mentions are left out."""
    return labels.get(label, labels.get(OTHERS, label)) or None


def old_label(mention: Mention, labels: Labels) -> str:
    """Return the key of ``labels`` for a mention: its label with the first attribute that they name, or its label."""
    if mention.attributes:
        for name in attribute_labels(mention):
            if name in labels:
                return name
    return mention.label


def attribute_labels(mention: Mention) -> list[str]:
    """Return the old labels with an attribute that a mention fits: for each attribute that with its value first."""
    pairs = ((f"{mention.label}:{name}", value) for name, value in mention.attributes)
    return [key for name, value in pairs for key in ((f"{name}:{value}", name) if value else (name,))]


def relabelled(document: Document, labels: Labels) -> Document:
    """Return the document with new labels and without the mentions that are left out; its declared types follow.

    Raises B743 for a mention whose new label is ``NOT_KNOWN``.
    """
    mentions = []
    for mention in document.mentions:
        label = new_label(old_label(mention, labels), labels)
        if label == NOT_KNOWN:
            raise BionerError("B743", label=mention.label, id=document.id)
        if label is not None:
            mentions.append(mention if label == mention.label else replace(mention, label=label))
    return with_new_types(document.with_mentions(mentions), labels)


def new_types(types: Iterable[str], labels: Labels) -> set[str]:
    """Return the new labels of declared types: those that are left out or not known are no longer declared."""
    declared = set(types)
    declared |= {old for old in labels if any(old.startswith(f"{label}:") for label in declared)}
    return {label for old in declared if (label := new_label(old, labels)) not in (None, NOT_KNOWN)}


def with_new_types(document: Document, labels: Labels) -> Document:
    """Return the document with new labels in its declared types, if it has any."""
    types = read_types(document.meta, document.id)
    if types is None or not labels:
        return document
    return replace(document, meta={**document.meta, **write_types(new_types(types, labels))})


def parse_labels(text: str) -> dict[str, str | None]:
    """Return ``{"GENE": "Gene", "Cell": None}`` of ``GENE=Gene,Cell=``; raises B235.

    ``*`` may stand for all other labels, ``?`` for a new label that is not known, ``ADR:Negated`` for the mentions of
    a label with an attribute: see ``Labels``.
    """
    labels: dict[str, str | None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        old, sign, new = (piece.strip() for piece in part.partition("="))
        if not old or not sign:
            raise BionerError("B235", given=text)
        labels[old] = new or None
    return labels
