"""Precision-recall and calibration, against figures by hand and properties that must hold."""

import numpy as np
import pytest

from spacy_bioner.experiments.analysis.confidence import (
    average_precision,
    expected_calibration_error,
    precision_recall,
    reliability,
)
from spacy_bioner.pipeline.merging.calibration import fit_temperature, tempered

ENTITIES = [(0.9, True), (0.8, False), (0.8, True), (0.3, False), (0.2, True)]


def drawn(temperature, number=20_000):
    """Entities whose scores are too sure: right with probability sigmoid(logit(score) / temperature)."""
    random = np.random.default_rng(0)
    logits = random.normal(0.5, 2.0, number)
    right = random.random(number) < 1 / (1 + np.exp(-logits / temperature))
    return list(zip((1 / (1 + np.exp(-logits))).tolist(), right.tolist(), strict=True))


def test_precision_recall():
    points = precision_recall(ENTITIES, gold=5)
    assert points == [
        (0.9, 1.0, 0.2),
        (0.8, pytest.approx(2 / 3), 0.4),
        (0.3, 0.5, 0.4),
        (0.2, pytest.approx(3 / 5), pytest.approx(0.6)),
    ]
    assert average_precision(points) == pytest.approx(0.2 * (1 + 2 / 3 + 3 / 5))
    assert precision_recall([], 3) == precision_recall(ENTITIES, 0) == []
    assert average_precision(precision_recall([(1.0, True)] * 4, 4)) == 1.0


def test_reliability():
    bins = reliability([(1.0, True), (0.95, False), (0.5, True), (0.0, False)])
    assert [(b.count, round(b.low, 1), b.right) for b in bins] == [(1, 0.0, 0.0), (1, 0.5, 1.0), (2, 0.9, 0.5)]
    assert expected_calibration_error(bins) == pytest.approx((0 + 0.5 + 2 * 0.475) / 4)
    assert expected_calibration_error(reliability([])) == 0.0


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_temperature_is_found_and_mends(temperature):
    entities = drawn(temperature)
    found = fit_temperature(entities)
    assert found == pytest.approx(temperature, rel=0.05)
    before = expected_calibration_error(reliability(entities))
    after = expected_calibration_error(reliability(tempered(entities, found)))
    assert after < 0.015
    assert after < before or temperature == 1.0


def test_tempering_keeps_order_and_certainty():
    mended = tempered(ENTITIES, 3.0)
    assert [score for score, _ in mended] == sorted((score for score, _ in mended), reverse=True)
    assert [hit for _, hit in mended] == [hit for _, hit in ENTITIES]
    assert all(0 < score < 1 for score, _ in tempered([(0.0, False), (1.0, True)], 2.0))
    assert tempered(ENTITIES, 1.0) == [(pytest.approx(score), hit) for score, hit in ENTITIES]
    assert fit_temperature([(0.9, True), (0.8, True)]) == fit_temperature([]) == 1.0
