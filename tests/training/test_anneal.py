from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.util import registry

from spacy_bioner.errors import BionerError
from spacy_bioner.training.anneal import make_anneal


def rates(count, **settings):
    return list(islice(make_anneal(2.0, **settings), count))


def test_linear():
    assert rates(6, total_steps=4) == [2.0, 1.5, 1.0, 0.5, 0.0, 0.0]


def test_cosine():
    assert rates(5, total_steps=4, shape="cosine") == pytest.approx([2.0, 1.7071068, 1.0, 0.2928932, 0.0])


def test_warmup_rises_then_the_fall_takes_the_rest():
    assert rates(9, total_steps=8, warmup=0.5) == pytest.approx([0.4, 0.8, 1.2, 1.6, 2.0, 1.5, 1.0, 0.5, 0.0])


def test_without_a_length_the_rate_stays():
    assert rates(100, total_steps=0, warmup=0.5, shape="cosine") == [2.0] * 100


@given(st.integers(1, 300), st.floats(0, 0.99), st.sampled_from(["linear", "cosine"]))
def test_it_ends_at_zero_and_never_exceeds_the_initial_rate(total_steps, warmup, shape):
    seen = rates(total_steps + 1, total_steps=total_steps, warmup=warmup, shape=shape)
    assert seen[-1] == pytest.approx(0, abs=1e-9)
    assert all(0 <= rate <= 2.0 for rate in seen)
    assert seen[0] > 0


@pytest.mark.parametrize("settings", [{"total_steps": -1}, {"warmup": 1.0}, {"shape": "square"}])
def test_settings_that_make_no_sense_are_refused(settings):
    schedule = registry.schedules.get("spacy-bioner.anneal.v1")
    with pytest.raises(BionerError, match="B623"):
        next(schedule(1.0, **settings))
