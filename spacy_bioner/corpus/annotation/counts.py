"""Counts of a job: documents, tokens, entities, relations and answers, additive over shards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ...documents.document import Document

_NUMBERS = ("documents", "characters", "tokens", "empty", "set_aside", "left_out", "answered", "answers")
_COUNTERS = ("labels", "score_sums", "scored", "relations")


@dataclass(slots=True)
class Counts:
    """Counts of annotated documents.

    tokens: those of the pipeline's tokenizer. empty: documents without an entity. set_aside: documents on which the
    pipeline failed. left_out: relations found of which a mention is not among the entities. answered, answers:
    documents whose question the pipeline answered, and its answers to them. labels: entities by label. score_sums,
    scored: sum and number of their scores, by label. relations: by type.
    """

    documents: int = 0
    characters: int = 0
    tokens: int = 0
    empty: int = 0
    set_aside: int = 0
    left_out: int = 0
    answered: int = 0
    answers: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    score_sums: Counter[str] = field(default_factory=Counter)
    scored: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)

    def document(self, document: Document, tokens: int, left_out: int = 0, answered: bool = False) -> None:
        """Count an annotated document. The others are those of ``stream.Annotated``."""
        self.documents += 1
        self.characters += len(document.text)
        self.tokens += tokens
        self.empty += not document.mentions
        self.left_out += left_out
        if answered and document.question is not None:
            self.answered += 1
            self.answers += len(document.question.answers)
        self.relations.update(relation.label for relation in document.relations)
        for mention in document.mentions:
            label = mention.label
            self.labels[label] += 1
            if mention.score is not None:
                self.scored[label] += 1
                self.score_sums[label] += mention.score  # type: ignore[assignment]

    def add(self, other: Counts) -> None:
        """Add the counts of a shard."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain values; the inverse of ``from_dict``."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {**numbers, **{name: dict(getattr(self, name)) for name in _COUNTERS}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Counts:
        """Return the counts from the values of ``to_dict``."""
        counters = {name: Counter(values[name]) for name in _COUNTERS}
        return cls(**{**values, **counters})

    def mean_score(self, label: str) -> float | None:
        """Return the mean score of a label's entities, None if none has one."""
        return self.score_sums[label] / self.scored[label] if self.scored[label] else None
