"""The entropy of tag sequences: the sum over tokens is what enumeration of all sequences gives."""

import numpy as np
import pytest
from chains import cut, enumerate_paths, free_chain, log_sum, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.ml.decoding import entropy
from spacy_bioner.ml.decoding.entropy import token_entropies
from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.linear_chain import Layout
from spacy_bioner.tags import SCHEMES

SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def by_enumeration(chain, emissions):
    """The entropy of one sequence, from the probabilities of all its tag sequences."""
    scores = np.array([score for score in enumerate_paths(chain, emissions).values() if score > -np.inf])
    logs = scores - log_sum(scores)
    return -(np.exp(logs) * logs).sum()


def check(chain, emissions, lengths):
    passed = messages(chain, emissions, Layout(np.array(lengths)))
    found = token_entropies(passed)
    assert found.shape == (sum(lengths),)
    assert (found >= 0).all()
    for of_sequence, part in zip(cut(found, lengths), cut(emissions, lengths), strict=True):
        assert of_sequence.sum() == pytest.approx(by_enumeration(chain, part), rel=1e-9, abs=1e-9)
    return passed.is_log


@given(SEEDS, st.integers(1, 4), LENGTHS, st.sampled_from([0, 1, 30, 300]))
@settings(max_examples=50, deadline=None)
def test_it_is_the_entropy_over_all_tag_sequences(seed, size, lengths, scale):
    rng = np.random.default_rng(seed)
    check(free_chain(rng, size), rng.normal(size=(sum(lengths), size)) * scale, lengths)


@given(SEEDS, st.sampled_from(SCHEMES), LENGTHS, st.sampled_from([0, 1, 100]), st.sampled_from([0, 1, 20]))
@settings(max_examples=50, deadline=None)
def test_forbidden_sequences_do_not_count(seed, scheme, lengths, scale, chain_scale):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, scheme, ["A"], chain_scale)
    check(chain, rng.normal(size=(sum(lengths), len(chain.start))) * scale, lengths)


def test_messages_in_logs_and_linear_ones():
    rng = np.random.default_rng(1)
    chain = free_chain(rng, 3)
    kinds = {check(chain, rng.normal(size=(7, 3)) * scale, [4, 3]) for scale in (1, 2000)}
    assert kinds == {False, True}


def test_chunks_make_no_difference(monkeypatch):
    rng = np.random.default_rng(2)
    lengths = [5, 1, 7, 2]
    passed = messages(free_chain(rng, 3), rng.normal(size=(15, 3)), Layout(np.array(lengths)))
    whole = token_entropies(passed)
    monkeypatch.setattr(entropy, "CELLS", 27)
    np.testing.assert_allclose(token_entropies(passed), whole, atol=1e-12)


def test_a_certain_chain_has_none_and_a_flat_one_the_most():
    chain = scheme_chain(np.random.default_rng(0), "BIO", ["A"], 0)
    sure = np.full((3, 3), -50.0)
    sure[:, 0] = 50
    assert token_entropies(messages(chain, sure, Layout(np.array([3])))).sum() == pytest.approx(0, abs=1e-9)
    flat = token_entropies(messages(chain, np.zeros((3, 3)), Layout(np.array([3]))))
    assert flat.sum() == pytest.approx(by_enumeration(chain, np.zeros((3, 3))), rel=1e-9)
