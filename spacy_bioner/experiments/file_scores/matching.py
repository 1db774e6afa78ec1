"""Matching of the documents, and alignment of the mentions, of two sets of files.

Programs change white space: column files join tokens with blanks, others break lines. Therefore offsets count only
characters that are not white space, which are the same in both texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...documents import spaceless
from ...documents.declared_types import of_declared_types
from ...documents.document import Document
from ...errors import BionerError
from ...scoring import ScoredSpan
from ..analysis.units import spans_of


@dataclass(frozen=True, slots=True)
class Match:
    """A document of the first set and its counterpart in each other set; None if that set lacks it."""

    gold: Document
    found: tuple[Document | None, ...]

    def on_declared_types(self) -> Match:
        """Return the match without found mentions of types that the first document does not declare. Raises B740."""
        return Match(self.gold, tuple(one and of_declared_types(one, self.gold) for one in self.found))


class Left(NamedTuple):
    """The numbers of documents of a set that match none: those of other texts, and those that repeat a text.

    A repeat has a text of the first set, whose documents of this text are matched to others.
    """

    others: int
    repeats: int


def _left(firsts: Iterable[Document], others: Iterable[Document], unmatched: int) -> Left:
    if not unmatched:  # as nearly always: no text is read
        return Left(0, 0)
    texts = {document.fingerprint() for document in firsts}
    foreign = sum(one.fingerprint() not in texts for one in others)
    return Left(foreign, unmatched - foreign)


def match_documents(
    gold: Iterable[Document], found: Sequence[Iterable[Document]], ids: Sequence[Sequence[str]] | None = None
) -> tuple[list[Match], list[Left]]:
    """Match the documents of the first set with the others', and count the unmatched documents of each other set.

    Documents are matched by id if all ids of both sets are unique, else by text, ignoring white space.
    ids: the ids of each set, the first one's first, by which to match in place of the documents' own: "" for those that
    were made up, which say nothing.
    Raises B848 for documents of one id with different texts, B849 if nothing matches.
    """
    firsts = list(gold)
    own = ids[0] if ids is not None else [document.id for document in firsts]
    columns: list[list[Document | None]] = []
    left: list[Left] = []
    for number, documents in enumerate(found):
        others = list(documents)
        names = ids[number + 1] if ids is not None else [document.id for document in others]
        partner = _by_id(firsts, own, others, names)
        if partner is None:
            partner = _by_text(firsts, others)
        if firsts and others and not any(one is not None for one in partner):
            raise BionerError("B849", number=number + 1)
        columns.append(partner)
        left.append(_left(firsts, others, len(others) - sum(one is not None for one in partner)))
    return [Match(one, tuple(column[i] for column in columns)) for i, one in enumerate(firsts)], left


def _by_id(
    firsts: Sequence[Document], own: Sequence[str], others: Sequence[Document], names: Sequence[str]
) -> list[Document | None] | None:
    """Return the partner of each document; None unless the ids are unique, and some are in both sets."""
    if not (_unique(own) and _unique(names) and {*own} & {*names}):
        return None
    by_id = dict(zip(names, others, strict=True))
    partners = [by_id.get(name) for name in own]
    for one, other in zip(firsts, partners, strict=True):
        if other is not None and one.fingerprint() != other.fingerprint():
            raise BionerError("B848", id=one.id)
    return partners


def _by_text(firsts: Sequence[Document], others: Sequence[Document]) -> list[Document | None]:
    # Repeated texts are paired in order.
    waiting: dict[str, list[Document]] = {}
    for document in others:
        waiting.setdefault(document.fingerprint(), []).append(document)
    result = []
    for document in firsts:
        same = waiting.get(document.fingerprint())
        result.append(same.pop(0) if same else None)
    return result


def _unique(ids: Sequence[str]) -> bool:
    return "" not in ids and len({*ids}) == len(ids)


def without_spaces(document: Document) -> Document:
    """Return a document whose mentions have offsets that count non-white-space characters; without its text."""
    moved = spaceless.without_spaces(document.mentions, document.text)
    return Document("", moved, document.id, relations=document.relations)


def spans_without_spaces(document: Document) -> list[ScoredSpan]:
    """Return the mentions as tuples for ``scoring``, with offsets that count non-white-space characters."""
    return spans_of(without_spaces(document))
