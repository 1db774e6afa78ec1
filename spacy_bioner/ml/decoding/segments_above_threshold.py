"""All segments that a linear chain finds probable enough, the best tag sequence or not.

The best sequence is one compromise for the whole sentence. For the F-score it pays to decide on segments one by one:
the expected F1 is highest if all are taken whose probability is above about half of it (Lipton, Elkan & Narayanaswamy
2014; for a CRF's segments Culotta & McCallum 2004), which is below the half that a segment of the best sequence tends
to have.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from thinc.util import to_numpy

from ...tags import TokenSpan
from .forward_backward import Messages
from .linear_chain import Masks
from .segments import SegmentRules, segment_probabilities


def likely_segments(
    messages: Messages, masks: Masks, rules: SegmentRules, threshold: float
) -> tuple[list[TokenSpan], list[float]]:
    """Return every segment with at least this probability, in order of start and end, and the probabilities.

    Segments count tokens over the whole batch; they may overlap. ``threshold`` is above 0: the candidates are the runs
    of tokens each of which is likely enough to have the label.
    """
    marginals = to_numpy(messages.expectations()[0])
    margin = threshold - 1e-9
    starts, ends = (to_numpy(at) for at in (messages.layout.starts, messages.layout.ends))
    begins = (rules.begins & masks.transitions).any(axis=0)
    stops = rules.first & (~rules.continues & masks.transitions).any(axis=1)
    spans: list[TokenSpan] = []
    for label in dict.fromkeys(filter(None, rules.labels)):
        own = np.array([label == other for other in rules.labels])
        inside = marginals @ own >= margin
        may_begin, may_stop = marginals @ (own & begins) >= margin, marginals @ (own & stops) >= margin
        may_begin[starts], may_stop[ends] = inside[starts], inside[ends]
        last = np.zeros(len(inside), dtype=bool)
        last[ends] = True
        spans += ((start, end, label) for start, end in _candidates(may_begin, inside, may_stop, last))
    if not spans:
        return [], []
    spans.sort()
    probabilities = to_numpy(segment_probabilities(messages, rules, spans)).tolist()
    likely = [i for i, probability in enumerate(probabilities) if probability >= threshold]
    return [spans[i] for i in likely], [probabilities[i] for i in likely]


def _candidates(
    may_begin: NDArray[np.bool_], inside: NDArray[np.bool_], may_stop: NDArray[np.bool_], last: NDArray[np.bool_]
) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of all runs inside one sequence that may begin and stop where they do."""
    for start in np.flatnonzero(may_begin).tolist():
        token = start
        while inside[token]:
            if may_stop[token]:
                yield start, token + 1
            if last[token]:
                break
            token += 1
