"""The predictions of a tagger for a document, and their storage on the Doc."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc, Span

from ..ml.decoding.layered import Found
from ..spans import MergePolicy, best_first
from .set_entities import FragmentPolicy, WholeMention, annotate

ScoredTokenSpan = tuple[int, int, str, float]
"""First token, one past the last token, label, probability."""


@dataclass(slots=True)
class Prediction:
    """The prediction for a document, in text order.

    spans: mentions in one part; overlapping ones exclude each other.
    whole: mentions in several parts, and mentions that may overlap others.
    alternatives: further probable spans, for the span group only: those of a tagger by its setting of that name, and
        with layers those that lost to an overlapping mention of their layer.
    """

    spans: list[ScoredTokenSpan] = field(default_factory=list)
    whole: list[WholeMention] = field(default_factory=list)
    alternatives: list[ScoredTokenSpan] = field(default_factory=list)

    def candidates(self) -> Iterator[WholeMention]:
        """Yield everything found, in one part or several, with its probability: all of the three lists."""
        for start, end, label, score in chain(self.spans, self.alternatives):
            yield ((start, end),), label, score
        yield from self.whole


@dataclass(frozen=True, slots=True)
class Writing:
    """Settings for writing predictions: see ``set_entities.annotate``. threshold: the minimum score of a result."""

    spans_key: str
    merge: MergePolicy
    fragments: FragmentPolicy
    threshold: float = 0.0

    def __call__(self, doc: Doc, found: Prediction) -> None:
        """Write a prediction into its document.

        Of overlapping mentions in one part the most probable become entities. Mentions below the threshold stay
        in the span group as candidates; those in several parts, whose parts alone say nothing, are left out.
        """
        whole = [mention for mention in found.whole if mention[2] >= self.threshold]
        results = [span for span in found.spans if span[3] >= self.threshold]
        results += _in_one_part(whole)
        chosen = [results[i] for i in best_first(results, [score for *_, score in results])]
        # With layers a chosen mention, and one below the threshold, may come from `whole`, and is in no other list.
        below = _in_one_part([mention for mention in found.whole if mention[2] < self.threshold])
        candidates = list(dict.fromkeys([*found.spans, *chosen, *below, *found.alternatives]))
        spans = {span: _span(doc, span) for span in candidates}
        annotate(
            doc,
            [spans[span] for span in chosen],
            [score for *_, score in candidates],
            spans_key=self.spans_key,
            merge_policy=self.merge,
            all_spans=list(spans.values()),
            whole=whole,
            fragments=self.fragments,
        )


def _in_one_part(mentions: Sequence[WholeMention]) -> list[ScoredTokenSpan]:
    return [(*parts[0], label, score) for parts, label, score in mentions if len(parts) == 1]


def _span(doc: Doc, span: ScoredTokenSpan) -> Span:
    start, end, label, _ = span
    return Span(doc, start, end, label=label)


def by_document(docs: Sequence[Doc], lengths: NDArray[np.int64], mentions: Sequence[Found]) -> list[Prediction]:
    """Return the mentions found in sequences by document, in its tokens."""
    found = [Prediction() for _ in docs]
    for (doc, offset), of_sequence in zip(places(docs, lengths), mentions, strict=True):
        for mention, score in of_sequence:
            one = mention.moved(offset)
            if one.is_plain:
                found[doc].spans.append((*one.parts[0], one.label, score))
            else:
                found[doc].whole.append((one.parts, one.label, score))
    return found


def places(docs: Sequence[Doc], lengths: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield, for each sequence, the index of its document and of its first token in the document."""
    remaining = iter(lengths.tolist())
    for i, doc in enumerate(docs):
        offset = 0
        while offset < len(doc):
            yield i, offset
            offset += next(remaining)
