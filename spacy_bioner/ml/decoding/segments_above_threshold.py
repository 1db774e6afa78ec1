"""All segments of a linear chain with a probability above a threshold.

The best tag sequence maximises the probability of the whole sentence. To maximise F1, it is better to decide segment by
segment: the expected F1 is highest if all segments are taken whose probability is above about half of the F1 (Lipton,
Elkan & Narayanaswamy 2014; for the segments of a CRF Culotta & McCallum 2004). That threshold is below 0.5, while
segments of the best sequence mostly have more than 0.5.
"""

from __future__ import annotations

import numpy as np
from thinc.util import get_array_module, to_numpy

from ...tags import TokenSpan
from .forward_backward import Messages
from .linear_chain import Masks
from .segments import SegmentRules, probable_segments


def likely_segments(
    messages: Messages, masks: Masks, rules: SegmentRules, threshold: float
) -> tuple[list[TokenSpan], list[float]]:
    """Return every segment with at least this probability, in order of start and end, and the probabilities.

    Segments count tokens over the whole batch; they may overlap. ``threshold`` is above 0. A segment can only begin at
    a token that has one of the label's beginning tags with at least this probability.
    """
    xp = get_array_module(messages.alpha)
    marginals = to_numpy(messages.expectations()[0])
    starts = to_numpy(messages.layout.starts)
    begins = (rules.begins & masks.transitions).any(axis=0)
    tokens: list[int] = []
    labels: list[str] = []
    for label in dict.fromkeys(filter(None, rules.labels)):
        own = np.array([label == other for other in rules.labels])
        may_begin = marginals @ (own & begins) >= threshold - 1e-9
        # At the start of a sequence a segment begins with any tag of its label, as `SegmentRules.first` has it.
        may_begin[starts] = (marginals[starts] @ own) >= threshold - 1e-9
        of_label = np.flatnonzero(may_begin).tolist()
        tokens += of_label
        labels += [label] * len(of_label)
    if not tokens:
        return [], []
    found = sorted(probable_segments(messages, rules, xp.asarray(tokens), labels, threshold))
    return [(start, end, label) for start, end, label, _ in found], [probability for *_, probability in found]
