"""Candidate pairs of a Doc: pairs of mentions that a relation may join.

A pair type is written ``Chemical -> Disease``: head, then tail; ``*`` is any type. Overlapping mentions form no pair.
If relations have no direction, two mentions form one pair; its head is the mention that the pair type names first, or
the first in the text if the type fits both orders.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from ...errors import BionerError
from ...ml.pairs.pair import Entity, Pair

ANY = "*"
ARROW = "->"
PairType = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The conditions for a candidate pair. Raises B431 for an invalid pair type, B432 for max_sentences below 0.

    pairs: types of head and tail.
    max_sentences: maximum number of sentence boundaries between the mentions; 0 for the same sentence, None for no
        limit. A document without sentence starts counts as one sentence.
    directed: whether A to B and B to A are different relations.
    """

    pairs: tuple[PairType, ...]
    max_sentences: int | None = 0
    directed: bool = True

    def __post_init__(self) -> None:
        if self.max_sentences is not None and self.max_sentences < 0:
            raise BionerError("B432", value=self.max_sentences)

    def fits(self, head: str, tail: str) -> bool:
        """Return whether a pair of types is declared."""
        return any(a in (ANY, head) and b in (ANY, tail) for a, b in self.pairs)

    def near(self, sentences: int) -> bool:
        """Return whether this number of sentence boundaries may lie between two mentions."""
        return self.max_sentences is None or sentences <= self.max_sentences


def parse_pair(text: str) -> PairType:
    """Read "Chemical -> Disease". Raises B431."""
    head, arrow, tail = (part.strip() for part in str(text).partition(ARROW))
    if not (head and arrow and tail) or ARROW in tail:
        raise BionerError("B431", pair=ascii(text))
    return head, tail


def entities_of(doc: Doc) -> list[Entity]:
    """Return ``doc.ents`` as entities."""
    return [Entity(ent.start, ent.end, ent.label_) for ent in doc.ents]


def sentence_starts(doc: Doc) -> list[int]:
    """Return the first token of each sentence; only 0 if no sentence starts are set."""
    if not doc.has_annotation("SENT_START"):
        return [0]
    return [sent.start for sent in doc.sents]


def candidates(doc: Doc, entities: Iterable[Entity], scope: Scope) -> list[Pair]:
    """Return the pairs of some entities of a Doc that are in scope, in the order of their heads, then tails."""
    ordered = sorted(entities)
    if len(ordered) < 2 or not scope.pairs:
        return []
    starts = sentence_starts(doc)
    sentences = [bisect_right(starts, entity.start) - 1 for entity in ordered]
    found = []
    first = 0  # index of the first entity that is near enough to the head
    for i, head in enumerate(ordered):
        # Entities are in text order, so this start only moves forward: each head is compared with the entities near it,
        # not with all of a long document.
        while not scope.near(sentences[i] - sentences[first]):
            first += 1
        for j in range(first, len(ordered)):
            tail = ordered[j]
            if not scope.near(abs(sentences[i] - sentences[j])):
                break
            if i == j or overlap(head, tail) or not scope.fits(head.label, tail.label):
                continue
            # Without direction, this pair was already found with head and tail exchanged.
            if not scope.directed and j < i and scope.fits(tail.label, head.label):
                continue
            found.append(_pair(doc, head, tail, starts, sorted((sentences[i], sentences[j]))))
    return found


def overlap(one: Entity, other: Entity) -> bool:
    """Return whether two entities share a token."""
    return one.start < other.end and other.start < one.end


def _pair(doc: Doc, head: Entity, tail: Entity, starts: Sequence[int], sentences: Sequence[int]) -> Pair:
    first, last = sentences
    end = starts[last + 1] if last + 1 < len(starts) else len(doc)
    # An entity may cross the end of its sentence.
    return Pair(doc, head, tail, starts[first], max(end, head.end, tail.end), last - first)
