"""Randomisation, bootstrap and t test: against enumeration, scipy, and what must hold."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from spacy_bioner.experiments.analysis.significance import (
    approximate_randomisation,
    bootstrap,
    f1,
    paired_t,
)


def counts(seed, documents=8, gold=4):
    random = np.random.default_rng(seed)
    tp = random.integers(0, gold, documents)
    return np.stack([tp, random.integers(0, 3, documents), gold - tp], axis=1)


def test_f1():
    assert f1(np.array([[2, 1, 1], [0, 0, 0]])).tolist() == [pytest.approx(2 / 3), 0.0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_randomisation_approximates_all_exchanges(seed):
    one, other = counts(seed), counts(seed + 10)
    observed = abs(f1(one.sum(0)) - f1(other.sum(0)))
    hits = []
    for swaps in product([False, True], repeat=len(one)):
        mask = np.array(swaps)[:, None]
        a, b = np.where(mask, other, one).sum(0), np.where(mask, one, other).sum(0)
        hits.append(abs(f1(a) - f1(b)) >= observed - 1e-12)
    assert approximate_randomisation(one, other, 20_000) == pytest.approx(np.mean(hits), abs=0.015)


def test_randomisation_at_its_ends():
    one = counts(0, 200)
    assert approximate_randomisation(one, one, 500) == 1.0
    better = one.copy()
    better[:, 0], better[:, 2] = 4, 0
    assert approximate_randomisation(one, better, 999) == pytest.approx(1 / 1000)
    assert approximate_randomisation(one, better, 500, seed=3) == approximate_randomisation(better, one, 500, seed=3)


def test_bootstrap_draws_the_same_documents_for_both():
    """Against documents drawn by hand: of both systems the same ones."""
    one, other = counts(5, 60), counts(6, 60)
    random = np.random.default_rng(0)
    drawn = random.integers(0, 60, (20_000, 60))
    differences = f1(other[drawn].sum(1)) - f1(one[drawn].sum(1))
    assert bootstrap(one, other) == pytest.approx(np.quantile(differences, [0.025, 0.975]), abs=0.01)
    low, high = bootstrap(one)
    assert low < f1(one.sum(0)) < high
    assert bootstrap(one, one) == (0.0, 0.0)
    assert bootstrap(one, other, 500, seed=3) == bootstrap(one, other, 500, seed=3)


def test_bootstrap_of_one_document():
    assert bootstrap(np.array([[2, 1, 1]])) == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_chunks_cover_all_trials(monkeypatch):
    one, other = counts(1), counts(11)
    whole = approximate_randomisation(one, other, 4000)
    monkeypatch.setattr("spacy_bioner.experiments.analysis.significance.CHUNK", 8 * 300)
    assert approximate_randomisation(one, other, 4000) == pytest.approx(whole, abs=0.03)
    low, high = bootstrap(one, other, 4000)
    assert low < f1(other.sum(0)) - f1(one.sum(0)) < high


def test_paired_t():
    one, other = [0.70, 0.72, 0.69, 0.71, 0.73], [0.73, 0.74, 0.70, 0.75, 0.74]
    assert paired_t(one, other) == pytest.approx(stats.ttest_rel(one, other).pvalue)
    assert paired_t(one, one) is None
    assert paired_t([0.5], [0.6]) is None
    assert paired_t([0.5, 0.6], [0.6, 0.7]) is None
