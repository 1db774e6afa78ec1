"""Prediction with a fitted CRF: the segments of the best tag sequence, or all above a probability threshold."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from spacy.tokens import Doc

from ...ml.decoding.forward_backward import messages
from ...ml.decoding.linear_chain import Layout, Masks
from ...ml.decoding.segments import SegmentRules, segment_probabilities
from ...ml.decoding.segments_above_threshold import likely_segments
from ...ml.decoding.viterbi import viterbi
from ...ml.sequences import sequence_lengths
from ...tags import TokenSpan, decode
from ..batching import portions
from .crfsuite_reader import CrfModel
from .emissions import Emissions
from .features.feature_set import FeatureSet

ScoredTokenSpan = tuple[int, int, str, float]
"""First token, one past the last token, label, probability."""


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

    def predict(self, docs: Iterable[Doc], threshold: float | None) -> Iterator[list[ScoredTokenSpan]]:
        """Yield the segments of each document, in order of their starts and ends, with their exact probabilities.

        threshold: minimum probability of the segments, which may overlap. None: the segments of the best tag sequence.
        """
        for portion in portions(docs):
            yield from self._predict_together(portion, threshold)

    def _predict_together(self, docs: Sequence[Doc], threshold: float | None) -> list[list[ScoredTokenSpan]]:
        found: list[list[ScoredTokenSpan]] = [[] for _ in docs]
        if not any(map(len, docs)):
            return found
        lengths = [sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize) for doc in docs]
        emissions, layout = self.emissions(docs, lengths), Layout(np.concatenate(lengths))
        if threshold is None:
            spans = self._best(emissions, layout)
            if not spans:
                return found
            passed = messages(self.chain, emissions, layout)
            probabilities = segment_probabilities(passed, self.rules, spans).tolist()
        else:
            passed = messages(self.chain, emissions, layout)
            spans, probabilities = likely_segments(passed, self.masks, self.rules, threshold)
        firsts = np.array(list(accumulate(map(len, docs), initial=0)))
        owners = np.searchsorted(firsts, [start for start, _, _ in spans], side="right") - 1
        for owner, (start, end, label), probability in zip(owners.tolist(), spans, probabilities, strict=True):
            first = int(firsts[owner])
            found[owner].append((start - first, end - first, label, probability))
        return found

    def _best(self, emissions: Any, layout: Layout) -> list[TokenSpan]:
        """Return the segments of the best tag sequences; token indices run over the whole batch."""
        tags = [self.tags[i] for i in viterbi(self.chain, emissions, layout).tolist()]
        return [
            (start + first, start + last, label)
            for start, end in zip(layout.starts.tolist(), (layout.ends + 1).tolist(), strict=True)
            for first, last, label in decode(tags[start:end], self.scheme)
        ]
