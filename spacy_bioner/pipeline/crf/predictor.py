"""Prediction with a fitted CRF: the segments of the best tag sequence, or all above a probability threshold."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from spacy.tokens import Doc

from ...disjoint_tags import TaggedMention
from ...disjoint_tags import decode as read_mentions
from ...ml.decoding.forward_backward import Messages, messages
from ...ml.decoding.joint_segments import joint_probabilities
from ...ml.decoding.linear_chain import Layout, Masks
from ...ml.decoding.segments import SegmentRules, segment_probabilities
from ...ml.decoding.segments_above_threshold import likely_segments
from ...ml.decoding.viterbi import viterbi
from ...ml.sequences import sequence_lengths
from ...tags import BIOHD, kind_of
from ..batching import portions
from ..prediction import Prediction
from .crfsuite_reader import CrfModel
from .emissions import Emissions
from .features.feature_set import FeatureSet


class CrfPredictor:
    """Reads documents, sentence by sentence where sentence starts are set.

    Illegal tag sequences under the scheme have probability 0.
    """

    def __init__(self, features: FeatureSet, model: CrfModel, scheme: str) -> None:
        self.tags, self.scheme = model.tags, scheme
        self.emissions = Emissions(features, model)
        self.masks = Masks.of(model.tags, scheme)
        self.rules = SegmentRules.of(model.tags)
        nothing: Any = np.zeros(len(model.tags))
        transitions: Any = model.transitions
        self.chain = self.masks.chain(nothing, transitions, nothing)

    def predict(self, docs: Iterable[Doc], threshold: float | None) -> Iterator[Prediction]:
        """Yield the segments of each document, in order of their starts and ends, with their exact probabilities.

        threshold: minimum probability of the segments, which may overlap. None: the segments of the best tag sequence.
        Mentions in several parts are those of the best tag sequence, with at least the threshold.
        """
        for portion in portions(docs):
            yield from self._predict_together(portion, threshold)

    def _predict_together(self, docs: Sequence[Doc], threshold: float | None) -> list[Prediction]:
        found = [Prediction() for _ in docs]
        if not any(map(len, docs)):
            return found
        lengths = [sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize) for doc in docs]
        emissions, layout = self.emissions(docs, lengths), Layout(np.concatenate(lengths))
        best = self._best(emissions, layout) if threshold is None or self.scheme == BIOHD else []
        if threshold is None and not best:
            return found
        passed = messages(self.chain, emissions, layout)
        if threshold is None:
            spans = [(*one.parts[0], one.label) for one in best if one.is_plain]
            probabilities = segment_probabilities(passed, self.rules, spans).tolist() if spans else []
        else:
            spans, probabilities = likely_segments(passed, self.masks, self.rules, threshold)
        firsts = np.array(list(accumulate(map(len, docs), initial=0)))
        owners = np.searchsorted(firsts, [start for start, _, _ in spans], side="right") - 1
        for owner, (start, end, label), probability in zip(owners.tolist(), spans, probabilities, strict=True):
            first = int(firsts[owner])
            found[owner].spans.append((start - first, end - first, label, probability))
        if self.scheme == BIOHD:
            self._add_whole(found, firsts, passed, best, threshold or 0.0)
        return found

    def _add_whole(
        self,
        found: list[Prediction],
        firsts: Any,
        passed: Messages,
        best: Sequence[TaggedMention],
        threshold: float,
    ) -> None:
        """Add the mentions of bodies and heads, and take these themselves from the spans."""
        for prediction in found:
            prediction.spans = [span for span in prediction.spans if not kind_of(span[2])[0]]
        apart = [one for one in best if not one.is_plain]
        groups = [one.segments for one in apart]
        scores = joint_probabilities(passed, self.rules, groups)
        for one, score in zip(apart, scores, strict=True):
            owner = int(np.searchsorted(firsts, one.parts[0][0], side="right")) - 1
            first = int(firsts[owner])
            if score >= threshold:
                parts = tuple((start - first, end - first) for start, end in one.parts)
                found[owner].whole.append((parts, one.label, score))

    def _best(self, emissions: Any, layout: Layout) -> list[TaggedMention]:
        """Return the mentions of the best tag sequences; token indices run over the whole batch."""
        tags = [self.tags[i] for i in viterbi(self.chain, emissions, layout).tolist()]
        return [
            mention.moved(start)
            for start, end in zip(layout.starts.tolist(), (layout.ends + 1).tolist(), strict=True)
            for mention in read_mentions(tags[start:end], self.scheme)
        ]
