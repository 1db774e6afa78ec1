"""The informativeness of a text: the words or mentions that a pipeline is uncertain about. Strategies:

entropy     words, weighted by the entropy of their tags; the sum over a text is that of its tag sequences (sequence
            entropy, Settles & Craven 2008)
segment     mentions, weighted by how near their probability is to one half
committee   mentions on which the recognisers of the pipeline disagree, by vote entropy (Dagan & Engelson 1995)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import LOWER
from spacy.language import Language
from spacy.strings import get_string_id
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import minibatch

from ...documents.doc_mentions import mention_id, span_scores
from ...errors import BionerError
from ...pipeline.merging.assemble import CANDIDATES
from ...pipeline.merging.component import Merge
from ...pipeline.prediction import Prediction
from .choice import Candidate

Strategy = Literal["random", "entropy", "segment", "committee"]

LEAST = 1e-3
"""Items of a smaller weight are left out: most words have almost none."""

SURE = 0.5
"""Probability from which on a member of a committee votes for a mention."""

Ballot = tuple[tuple[tuple[int, int], ...], str]
"""A mention that a member votes for: first token and one past the last of each part, and the label."""

BATCH = 256


def check_strategy(strategy: str) -> None:
    """Raise B720 for an unknown strategy."""
    if strategy not in get_args(Strategy):
        raise BionerError("B720", strategy=strategy, known=", ".join(get_args(Strategy)))


class Informativeness:
    """Makes candidates of documents that the pipeline has annotated, by a strategy other than random.

    Raises B721 for a pipeline without probabilities of tag sequences, B722 for one without a committee.
    """

    def __init__(self, nlp: Language, strategy: str) -> None:
        check_strategy(strategy)
        self.of_batch = {"entropy": self._entropy, "segment": self._segment, "committee": self._committee}[strategy]
        self.unsure = unsure_components(nlp)
        self.members = _members([pipe for _, pipe in nlp.pipeline])
        components = ", ".join(nlp.pipe_names) or "none"
        if strategy != "committee" and not self.unsure:
            raise BionerError("B721", strategy=strategy, components=components)
        if strategy == "committee" and len(self.members) < 2:
            raise BionerError("B722", components=components)

    def __call__(self, docs: Iterable[Doc]) -> Iterator[Candidate]:
        """Yield a candidate for each document."""
        for batch in minibatch(docs, BATCH):
            yield from self.of_batch(list(batch))

    def _entropy(self, docs: Sequence[Doc]) -> Iterator[Candidate]:
        totals = [np.zeros(len(doc)) for doc in docs]
        for pipe in self.unsure:
            totals = [total + own for total, own in zip(totals, pipe.entropies(docs), strict=True)]
        for doc, weights in zip(docs, totals, strict=True):
            yield _candidate(doc, doc.to_array(LOWER).astype(np.uint64), weights)

    def _segment(self, docs: Sequence[Doc]) -> Iterator[Candidate]:
        found: list[dict[str, float]] = [{} for _ in docs]
        for pipe in self.unsure:
            for doc, own, prediction in zip(docs, found, predictions(pipe, docs), strict=True):
                for parts, label, score in prediction.candidates():
                    # The weight is 1 at a probability of one half and 0 at 0 and 1; occurrences of the same string add
                    # up.
                    key = _string(doc, parts, label)
                    own[key] = own.get(key, 0.0) + 1 - abs(2 * score - 1)
        for doc, own in zip(docs, found, strict=True):
            yield _of_texts(doc, own)

    def _committee(self, docs: Sequence[Doc]) -> Iterator[Candidate]:
        for doc in docs:
            votes: Counter[Ballot] = Counter()
            for member in self.members:
                votes.update(_ballots(doc.spans.get(member, ())))
            found: dict[str, float] = {}
            for (parts, label), number in votes.items():
                key = _string(doc, parts, label)
                found[key] = found.get(key, 0.0) + vote_entropy(number, len(self.members))
            yield _of_texts(doc, found)


def _ballots(group: SpanGroup | Sequence[Span]) -> set[Ballot]:
    """Return the mentions that a member votes for, each once, however often its span group has it."""
    # The parts of a discontinuous mention share an id; any other span is a mention by itself.
    mentions: dict[str | int, list[Span]] = {}
    for number, (span, score) in enumerate(zip(group, span_scores(group), strict=True)):
        if score >= SURE:
            mentions.setdefault(mention_id(span) or number, []).append(span)
    return {(tuple(sorted((s.start, s.end) for s in parts)), parts[0].label_) for parts in mentions.values()}


def _string(doc: Doc, parts: Sequence[tuple[int, int]], label: str) -> str:
    return f"{label} {' '.join(doc[start:end].text.lower() for start, end in parts)}"


def vote_entropy(votes: int, members: int) -> float:
    """Return the entropy of a vote in bits: 0 if all members agree, 1 if half of them vote for the span."""
    share = votes / members
    return 0.0 if share in (0, 1) else float(-(share * np.log2(share) + (1 - share) * np.log2(1 - share)))


def unsure_components(nlp: Language) -> list[Any]:
    """Return the components that give probabilities of tag sequences."""
    return [pipe for _, pipe in nlp.pipeline if hasattr(pipe, "entropies")]


def predictions(pipe: Any, docs: Sequence[Doc]) -> list[Prediction]:
    """Return the predictions of a component, with the improbable spans that it can give.

    A network with layers or under BIOHD gives only the mentions of its best tag sequences, a CRF under BIOHD only
    these in several parts.
    """
    # The threshold of a CRF, or the alternatives of a tagger, are set so low that spans with probabilities on both
    # sides of one half are returned.
    setting = "alternatives" if hasattr(pipe, "alternatives") else "threshold"
    before = getattr(pipe, setting)
    try:
        if before is not None:
            setattr(pipe, setting, CANDIDATES)
        return pipe.predict(docs)
    finally:
        setattr(pipe, setting, before)


def _members(pipes: Sequence[Any]) -> list[str]:
    """Return the span keys of the recognisers: those that a ``bioner_merge`` joins or, without one, all of them."""
    for pipe in pipes:
        if isinstance(pipe, Merge):
            return list(pipe.parts)
    return list(dict.fromkeys(pipe.spans_key for pipe in pipes if isinstance(getattr(pipe, "spans_key", None), str)))


def _of_texts(doc: Doc, found: dict[str, float]) -> Candidate:
    items = np.array([get_string_id(text) for text in found], dtype=np.uint64)
    return _candidate(doc, items, np.array(list(found.values()), dtype=np.float64))


def _candidate(doc: Doc, items: NDArray[np.uint64], weights: NDArray[np.float64]) -> Candidate:
    kept = weights >= LEAST
    return Candidate(len(doc), items[kept], weights[kept])
