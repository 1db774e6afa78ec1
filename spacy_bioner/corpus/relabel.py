"""New labels for the mentions of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..documents.declared_types import read_types, write_types
from ..documents.document import Document, Mention
from ..errors import BionerError

OTHERS = "*"
"""As an old label: every label that has no entry of its own."""

NOT_KNOWN = "?"
"""As a new label: mentions of the old label become unknown, which is neither an entity nor the tag O."""

Labels = Mapping[str, str | None]
"""The new label by the old label; None or "" leaves the mentions out. Labels without an entry stay, unless there is one
for ``OTHERS``.

``NOT_KNOWN`` makes the tags of tokens unknown, which only a Doc can represent: a Document raises B743. An old label may
include an attribute, or an attribute with a value: ``ADR:Negated``, ``ADR:Certainty:low``. The entry then applies only
to mentions that have it, and before the entry of the bare label."""


def new_label(label: str, labels: Labels) -> str | None:
    """Return the new label for a label; None if its mentions are left out."""
    return labels.get(label, labels.get(OTHERS, label)) or None


def old_label(mention: Mention, labels: Labels) -> str:
    """Return the key of a mention in ``labels``: its label with an attribute, if there is such a key, or its label."""
    if mention.attributes:
        for name in attribute_labels(mention):
            if name in labels:
                return name
    return mention.label


def attribute_labels(mention: Mention) -> list[str]:
    """Return the keys with an attribute that fit a mention; for each attribute the key with its value comes first."""
    pairs = ((f"{mention.label}:{name}", value) for name, value in mention.attributes)
    return [key for name, value in pairs for key in ((f"{name}:{value}", name) if value else (name,))]


def keys_of(mentions: Iterable[Mention]) -> set[str]:
    """Return the keys of ``Labels`` that fit some of the mentions: their labels, alone and with their attributes."""
    return {key for mention in mentions for key in (mention.label, *attribute_labels(mention))}


def relabelled(document: Document, labels: Labels) -> Document:
    """Return the document with new labels for its mentions and declared types; some mentions may be left out.

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
    """Return the new labels of declared types; types that are left out or become unknown are no longer declared."""
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
    """Parse new labels: ``GENE=Gene,Cell=`` is ``{"GENE": "Gene", "Cell": None}``. Raises B235 for any other form.

    ``*`` stands for all other labels, ``?`` for an unknown new label, ``ADR:Negated`` for the mentions of a label with
    an attribute: see ``Labels``.
    """
    labels: dict[str, str | None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        old, sign, new = (piece.strip() for piece in part.partition("="))
        if not old or not sign:
            raise BionerError("B235", given=text)
        labels[old] = new or None
    return labels
