"""The predictions of a tagger for a document, and their storage on the Doc."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IS_SPACE
from spacy.tokens import Doc, Span

from ..disjoint_tags import TokenMention
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
        yield from _as_whole(chain(self.spans, self.alternatives))
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


def without_space(doc: Doc, found: Prediction) -> Prediction:
    """Return a prediction without white space at the edges of mentions, as that of the gold (``gold_mentions``).

    A mention of white space alone is left out. Of mentions that become the same the most probable is kept.
    """
    #   tokens        0 \n   1 Aspirin   2 \n\n   3 helps        words = 1 3
    #   a mention     [0                 3)                      words[0:1], so that it becomes [1 2)
    space: Any = doc.to_array(IS_SPACE) if found.spans or found.whole or found.alternatives else np.zeros(0)
    if not space.any():
        return found
    words = np.flatnonzero(space == 0).tolist()
    spans, whole, more = (
        _trimmed(of_list, words) for of_list in (_as_whole(found.spans), found.whole, _as_whole(found.alternatives))
    )
    more = {mention: score for mention, score in more.items() if mention not in spans and mention not in whole}
    return Prediction(_flat(spans), [(*mention, score) for mention, score in whole.items()], _flat(more))


def _as_whole(spans: Iterable[ScoredTokenSpan]) -> Iterator[WholeMention]:
    return ((((start, end),), label, score) for start, end, label, score in spans)


def _flat(mentions: Mapping[TokenMention, float]) -> list[ScoredTokenSpan]:
    return [(*parts[0], label, score) for (parts, label), score in mentions.items()]


def _trimmed(mentions: Iterable[WholeMention], words: Sequence[int]) -> dict[TokenMention, float]:
    """Return the best score of each mention of words. words: the tokens that are no white space."""
    best: dict[TokenMention, float] = {}
    for parts, label, score in mentions:
        cut = [(bisect_left(words, start), bisect_left(words, end)) for start, end in parts]
        held = tuple((words[first], words[last - 1] + 1) for first, last in cut if first < last)
        if held:
            best[held, label] = max(score, best.get((held, label), 0.0))
    return best


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
