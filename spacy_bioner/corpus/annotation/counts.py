"""Counts of a job: documents, tokens and entities, additive over shards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ...documents.document import Document


@dataclass(slots=True)
class Counts:
    """Counts of annotated documents.

    tokens: those of the pipeline's tokenizer. empty: documents without an entity. set_aside: documents on which reading
    or the pipeline failed. labels: entities by label. score_sums, scored: sum and number of their scores, by label.
    """

    documents: int = 0
    characters: int = 0
    tokens: int = 0
    empty: int = 0
    set_aside: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    score_sums: Counter[str] = field(default_factory=Counter)
    scored: Counter[str] = field(default_factory=Counter)

    def document(self, document: Document, tokens: int) -> None:
        """Count an annotated document. tokens: those of its Doc."""
        self.documents += 1
        self.characters += len(document.text)
        self.tokens += tokens
        self.empty += not document.mentions
        for mention in document.mentions:
            label = mention.label
            self.labels[label] += 1
            if mention.score is not None:
                self.scored[label] += 1
                self.score_sums[label] += mention.score  # type: ignore[assignment]

    def add(self, other: Counts) -> None:
        """Add the counts of a shard."""
        for name in ("documents", "characters", "tokens", "empty", "set_aside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("labels", "score_sums", "scored"):
            getattr(self, name).update(getattr(other, name))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain values; the inverse of ``from_dict``."""
        return {
            "documents": self.documents,
            "characters": self.characters,
            "tokens": self.tokens,
            "empty": self.empty,
            "set_aside": self.set_aside,
            "labels": dict(self.labels),
            "score_sums": dict(self.score_sums),
            "scored": dict(self.scored),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Counts:
        """Return the counts from the values of ``to_dict``."""
        counters = {name: Counter(values[name]) for name in ("labels", "score_sums", "scored")}
        return cls(**{**values, **counters})

    def mean_score(self, label: str) -> float | None:
        """Return the mean score of a label's entities, None if none has one."""
        return self.score_sums[label] / self.scored[label] if self.scored[label] else None
