"""Precision against recall and calibration, on figures worked out by hand and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from spacy_bioner.experiments.report.confidence import Scored, scored


def test_entities_of_runs_are_pooled(add):
    found = scored([add("a", "crf", seed=0), add("b", "dictionary", seed=0)])
    assert found.gold == 12
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
    assert len(found.scores) == 11
    assert found.right.sum() == 7


def test_figures_by_hand():
    found = Scored(np.array([0.95, 0.9, 0.9, 0.35]), np.array([1.0, 1.0, 0.0, 1.0]), gold=4)
    recall, precision = found.curve()
    assert recall.tolist() == [0.25, 0.5, 0.75]
    assert precision.tolist() == [1.0, 2 / 3, 0.75]
    assert found.area() == pytest.approx(0.25 + 0.25 * 2 / 3 + 0.25 * 0.75)
    assert found.bins() == [(0.35, 1.0, 1), (pytest.approx(2.75 / 3), pytest.approx(2 / 3), 3)]
    assert found.calibration_error() == pytest.approx((0.65 + 0.75) / 4)


@given(
    st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1).filter(lambda pairs: any(r for _, r in pairs))
)
def test_the_area_is_average_precision(pairs):
    pairs.sort(reverse=True)
    scores, right = np.array([s / 10 for s, _ in pairs]), np.array([float(r) for _, r in pairs])
    found = Scored(scores, right, gold=int(right.sum()))
    assert found.area() == pytest.approx(average_precision_score(right, scores))
