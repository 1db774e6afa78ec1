"""Gold relations in the kind of those that are scored: between mentions, or between concepts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...documents.document import Document
from ...errors import BionerError
from ...pipeline.relations.units import between_concepts, end_of, is_concept, relations_of


def comparable_gold(gold: Sequence[Document], found: Mapping[str, Sequence[Document]]) -> list[Document]:
    """Return the gold documents with relations that those of all sets can equal.

    found: the documents of each set, in the order of the gold. If a set has relations between concepts (PubTator,
    BioRED), gold relations between mentions become relations between the concepts of these mentions, for all sets:
    they are compared with one gold.

    Warns of gold relations for which this is not exact, because a mention has no concept or several (B854), and of
    sets none of whose relations can be right, because their mentions have no concept in the gold (B855).
    """
    documents = list(gold)
    of_concepts = [
        name for name, own in found.items() if any(one.of_concepts for document in own for one in document.relations)
    ]
    if of_concepts:
        documents = [replace(one, relations=between_concepts(one.mentions, one.relations)) for one in documents]
        left = sum(not relation.of_concepts for document in documents for relation in document.relations)
        if left:
            warnings.warn(str(BionerError("B854", number=left, names=", ".join(of_concepts))), stacklevel=4)
    for name, own in found.items():
        if _none_comparable(documents, own):
            warnings.warn(str(BionerError("B855", name=name)), stacklevel=4)
    return documents


def _none_comparable(gold: Sequence[Document], found: Sequence[Document]) -> bool:
    """Return whether a set has relations, and each is between mentions of which the gold knows no concept it needs."""
    some = False
    for one, other in zip(gold, found, strict=True):
        if not one.relations:
            continue
        between_mentions = not all(relation.of_concepts for relation in one.relations)
        known = {end_of(mention) for mention in one.mentions if mention.concepts}
        for (_, head, tail), _ in relations_of(other):
            if between_mentions or is_concept(head) or {head, tail} <= known:
                return False
            some = True
    return some
