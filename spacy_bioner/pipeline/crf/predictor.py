"""Prediction with a fitted CRF: the segments of the best tag sequence, or all above a probability threshold."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from ...disjoint_tags import TaggedMention
from ...disjoint_tags import decode as read_mentions
from ...ml.decoding.entropy import token_entropies
from ...ml.decoding.forward_backward import Messages
from ...ml.decoding.joint_segments import joint_probabilities
from ...ml.decoding.linear_chain import Layout, Masks
from ...ml.decoding.segments import SegmentRules, segment_probabilities
from ...ml.decoding.segments_above_threshold import likely_segments
from ...ml.decoding.stacked import stacked_messages, stacked_viterbi
from ...ml.sequences import sequence_lengths
from ...tags import BIOHD, kind_of
from ..batching import portions
from ..layers import join_layers
from ..prediction import Prediction, without_space
from .crfsuite_reader import CrfModel
from .emissions import Emissions
from .features.feature_set import FeatureSet
from .layered_model import LayeredModel


class _Tagger:
    """One CRF: its tags, the columns of its emissions, and what a scheme makes of them."""

    def __init__(self, model: CrfModel, scheme: str, first: int) -> None:
        self.tags = model.tags
        self.columns = slice(first, first + len(model.tags))
        self.masks = Masks.of(model.tags, scheme)
        self.rules = SegmentRules.of(model.tags)
        nothing: Any = np.zeros(len(model.tags))
        transitions: Any = model.transitions
        self.chain = self.masks.chain(nothing, transitions, nothing)


class CrfPredictor:
    """Reads documents, sentence by sentence where sentence starts are set.

    Illegal tag sequences under the scheme have probability 0. Of several models each is a layer: their mentions may
    overlap.
    """

    def __init__(self, features: FeatureSet, models: Sequence[CrfModel], scheme: str, layered: bool = False) -> None:
        self.scheme = scheme
        self.layered = layered
        self.emissions = Emissions(features, LayeredModel(models) if layered else models[0])
        firsts = accumulate((len(model.tags) for model in models), initial=0)
        self.taggers = [_Tagger(model, scheme, first) for model, first in zip(models, firsts, strict=False)]

    def predict(self, docs: Iterable[Doc], threshold: float | None) -> Iterator[Prediction]:
        """Yield the segments of each document, in order of their starts and ends, with their exact probabilities.

        threshold: minimum probability of the segments, which may overlap. None: the segments of the best tag sequence.
        Mentions in several parts are those of the best tag sequence, with at least the threshold.
        """
        for portion in portions(docs):
            yield from self._predict_together(portion, threshold)

    def _predict_together(self, docs: Sequence[Doc], threshold: float | None) -> list[Prediction]:
        if not any(map(len, docs)):
            return [Prediction() for _ in docs]
        emissions, layout = self._score(docs)
        chains = [tagger.chain for tagger in self.taggers]
        best: list[list[TaggedMention]] = [[] for _ in self.taggers]
        if threshold is None or self.scheme == BIOHD:
            rows = stacked_viterbi(chains, emissions, layout)
            best = [self._read(tagger, own, layout) for tagger, own in zip(self.taggers, rows, strict=True)]
            if threshold is None and not any(best):
                return [Prediction() for _ in docs]
        passed = stacked_messages(chains, emissions, layout)
        firsts = np.array(list(accumulate(map(len, docs), initial=0)))
        found = [
            self._find(tagger, own, mentions, threshold, firsts)
            for tagger, own, mentions in zip(self.taggers, passed, best, strict=True)
        ]
        joined = [join_layers(own) for own in zip(*found, strict=True)] if self.layered else found[0]
        return [*map(without_space, docs, joined)]

    def _score(self, docs: Sequence[Doc]) -> tuple[list[NDArray[np.float64]], Layout]:
        """Return the emissions of all documents under each CRF, (tokens, K), and the layout of their sequences."""
        lengths = [sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize) for doc in docs]
        scores = self.emissions(docs, lengths)
        emissions = [scores[:, tagger.columns] for tagger in self.taggers] if self.layered else [scores]
        return emissions, Layout(np.concatenate(lengths))

    def entropies(self, docs: Iterable[Doc]) -> Iterator[NDArray[np.float64]]:
        """Yield the entropy of each token's tag given the one before, (tokens,), in nats; of layers the sum."""
        for portion in portions(docs):
            total: Any = np.zeros(sum(map(len, portion)))
            if len(total):
                emissions, layout = self._score(portion)
                for passed in stacked_messages([tagger.chain for tagger in self.taggers], emissions, layout):
                    total += token_entropies(passed)
            yield from np.split(total, np.cumsum([len(doc) for doc in portion])[:-1])

    def _find(
        self,
        tagger: _Tagger,
        passed: Messages,
        best: Sequence[TaggedMention],
        threshold: float | None,
        firsts: NDArray[np.int64],
    ) -> list[Prediction]:
        """Return what one CRF finds in each document. firsts: of the documents, in tokens, and the end."""
        found = [Prediction() for _ in firsts[1:]]
        if threshold is None:
            spans = [(*one.parts[0], one.label) for one in best if one.is_plain]
            probabilities = segment_probabilities(passed, tagger.rules, spans).tolist() if spans else []
        else:
            spans, probabilities = likely_segments(passed, tagger.masks, tagger.rules, threshold)
        # Spans count tokens of the whole batch: a span belongs to the last document that starts at or before its first
        # token.
        owners = np.searchsorted(firsts, [start for start, _, _ in spans], side="right") - 1
        for owner, (start, end, label), probability in zip(owners.tolist(), spans, probabilities, strict=True):
            first = int(firsts[owner])
            found[owner].spans.append((start - first, end - first, label, probability))
        if self.scheme == BIOHD:
            self._add_whole(found, firsts, tagger, passed, best, threshold or 0.0)
        return found

    def _add_whole(
        self,
        found: list[Prediction],
        firsts: NDArray[np.int64],
        tagger: _Tagger,
        passed: Messages,
        best: Sequence[TaggedMention],
        threshold: float,
    ) -> None:
        """Add the mentions of bodies and heads, and take these themselves from the spans."""
        for prediction in found:
            prediction.spans = [span for span in prediction.spans if not kind_of(span[2])[0]]
        # Under BIOHD a fragment by itself says nothing: its mention has the joint probability of all its segments.
        apart = [one for one in best if not one.is_plain]
        scores = joint_probabilities(passed, tagger.rules, [one.segments for one in apart])
        for one, score in zip(apart, scores, strict=True):
            owner = int(np.searchsorted(firsts, one.parts[0][0], side="right")) - 1
            if score >= threshold:
                found[owner].whole.append((one.moved(-int(firsts[owner])).parts, one.label, score))

    def _read(self, tagger: _Tagger, rows: Any, layout: Layout) -> list[TaggedMention]:
        """Return the mentions of the best tag sequences; token indices run over the whole batch."""
        tags = [tagger.tags[i] for i in rows.tolist()]
        return [
            mention.moved(start)
            for start, end in zip(layout.starts.tolist(), (layout.ends + 1).tolist(), strict=True)
            for mention in read_mentions(tags[start:end], self.scheme)
        ]
