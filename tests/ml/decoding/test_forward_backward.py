import numpy as np
import pytest
from chains import cut, enumerate_paths, free_chain, log_sum, reference, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.linear_chain import Chain, Layout
from spacy_bioner.tags import SCHEMES

SEEDS = st.integers(0, 2**32 - 1)


def check(chain, emissions, lengths, mixing=None, tolerance=1e-9):
    """Compare a batch with the plain recursion; return whether it ran in log space."""
    passed = messages(chain, emissions, Layout(np.array(lengths)), mixing)
    marginals, counts = passed.expectations()
    expected_counts = np.zeros_like(counts)
    for log_z, unary, part in zip(passed.log_z, cut(marginals, lengths), cut(emissions, lengths), strict=True):
        expected_log_z, expected, part_counts = reference(chain, part)
        assert log_z == pytest.approx(expected_log_z, rel=1e-12, abs=tolerance)
        np.testing.assert_allclose(unary, expected, atol=tolerance)
        expected_counts += part_counts
    np.testing.assert_allclose(counts, expected_counts, atol=tolerance * len(emissions))
    return passed.is_log


@given(SEEDS, st.integers(1, 4), st.lists(st.integers(1, 4), min_size=1, max_size=3), st.sampled_from([1, 30, 300]))
@settings(max_examples=60)
def test_the_reference_and_the_messages_are_what_enumeration_gives(seed, size, lengths, scale):
    rng = np.random.default_rng(seed)
    chain, emissions = free_chain(rng, size), rng.normal(size=(sum(lengths), size)) * scale
    check(chain, emissions, lengths)
    for part in cut(emissions, lengths):
        paths = enumerate_paths(chain, part)
        log_z, marginals, counts = reference(chain, part)
        assert log_z == pytest.approx(log_sum(paths.values()), rel=1e-12, abs=1e-9)
        expected, expected_counts = np.zeros_like(marginals), np.zeros_like(counts)
        for path, score in paths.items():
            probability = np.exp(score - log_z)
            expected[np.arange(len(path)), path] += probability
            np.add.at(expected_counts, (path[:-1], path[1:]), probability)
        np.testing.assert_allclose(marginals, expected, atol=1e-9)
        np.testing.assert_allclose(counts, expected_counts, atol=1e-9)


@given(
    SEEDS,
    st.sampled_from(SCHEMES),
    st.lists(st.integers(1, 25), min_size=1, max_size=4),
    st.sampled_from([0, 1, 10, 30, 60, 100, 200, 500, 5000]),
    st.sampled_from([0, 1, 20, 100]),
)
@settings(max_examples=60, deadline=None)
def test_messages_are_exact_at_any_scale(seed, scheme, lengths, scale, chain_scale):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, scheme, ["A", "B"], chain_scale)
    check(chain, rng.uniform(-scale, scale, size=(sum(lengths), len(chain.start))), lengths)


@given(
    SEEDS, st.sampled_from(SCHEMES), st.lists(st.integers(1, 25), min_size=1, max_size=4), st.sampled_from([1, 30, 300])
)
@settings(max_examples=60, deadline=None)
def test_messages_are_exact_where_tokens_have_few_tags(seed, scheme, lengths, scale):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, scheme, ["A"])
    emissions = rng.uniform(-scale, scale, size=(sum(lengths), len(chain.start)))
    emissions[rng.random(emissions.shape) < 0.3] = -np.inf
    passed = messages(chain, emissions, Layout(np.array(lengths)), mixing=max(lengths))
    with np.errstate(all="ignore"):  # the rows of impossible sequences are nan
        marginals, _ = passed.expectations()
    for log_z, unary, part in zip(passed.log_z, cut(marginals, lengths), cut(emissions, lengths), strict=True):
        expected_log_z, expected, _ = reference(chain, part)
        assert log_z == pytest.approx(expected_log_z, rel=1e-12, abs=1e-9)
        if log_z > -np.inf:
            np.testing.assert_allclose(unary, expected, atol=1e-9)


def test_mass_that_a_linear_message_would_lose_is_kept():
    # Two ways through, of equal weight: A all along, which is exp(1200) behind in the middle, and B all along.
    never = -2000.0
    chain = Chain(np.zeros(2), np.array([[0, never], [never, 0]]), np.zeros(2), mixing=1)
    emissions = np.array([[0.0, 400.0]] * 3 + [[400.0, 0.0]] * 3)
    assert check(chain, emissions, [6])  # in log space
    marginals, _ = messages(chain, emissions, Layout(np.array([6]))).expectations()
    np.testing.assert_allclose(marginals, 0.5)


@pytest.mark.parametrize("scale", [1.0, 100.0])
@pytest.mark.parametrize("scheme", ["BIO", "IOBES"])
def test_two_thousand_tokens_beside_one(scheme, scale):
    rng = np.random.default_rng(1)
    chain = scheme_chain(rng, scheme, ["A"])
    emissions = rng.choice([-scale, scale], size=(2002, len(chain.start)))
    check(chain, emissions, [1, 2000, 1], tolerance=1e-7)


def test_usual_scores_stay_linear_and_scores_of_100_too():
    rng = np.random.default_rng(2)
    for scheme, scale in (("BIO", 10), ("IOBES", 10), ("BIO", 100)):
        chain = scheme_chain(rng, scheme, ["A", "B"])
        emissions = rng.uniform(-scale, scale, size=(50, len(chain.start)))
        assert not messages(chain, emissions, Layout(np.array([20, 30]))).is_log


def test_a_constant_on_all_scores_of_a_token_changes_log_z_alone():
    rng = np.random.default_rng(3)
    chain, emissions = free_chain(rng, 4), rng.normal(size=(9, 4))
    layout = Layout(np.array([5, 4]))
    moved = emissions.copy()
    moved[2] += 1e5
    a, b = messages(chain, emissions, layout), messages(chain, moved, layout)
    np.testing.assert_allclose(b.log_z - a.log_z, [1e5, 0], atol=1e-9)
    np.testing.assert_allclose(a.expectations()[0], b.expectations()[0], atol=1e-9)


@pytest.mark.parametrize("scale", [1, 1000])
def test_float32_scores_are_summed_in_float64(scale):
    rng = np.random.default_rng(7)
    chain, emissions = free_chain(rng, 4), (rng.normal(size=(300, 4)) * scale).astype(np.float32)
    layout = Layout(np.array([300]))
    single, double = messages(chain, emissions, layout), messages(chain, emissions.astype(np.float64), layout)
    assert single.log_z[0] == double.log_z[0]
    assert (single.expectations()[0] == double.expectations()[0]).all()


@pytest.mark.parametrize("scale", [1, 1000])
def test_weights_multiply_what_a_token_adds(scale):
    rng = np.random.default_rng(4)
    chain, emissions, lengths = free_chain(rng, 3), rng.normal(size=(7, 3)) * scale, [4, 3]
    weights = np.repeat([2.0, -1.0], lengths)
    marginals, counts = messages(chain, emissions, Layout(np.array(lengths))).expectations(weights)
    first, second = (reference(chain, part) for part in cut(emissions, lengths))
    np.testing.assert_allclose(marginals, np.concatenate([2 * first[1], -second[1]]), atol=1e-9)
    np.testing.assert_allclose(counts, 2 * first[2] - second[2], atol=1e-9)


def test_an_impossible_sequence_has_no_mass_and_leaves_the_others_alone():
    rng = np.random.default_rng(5)
    chain = scheme_chain(rng, "IOBES", ["A"])
    emissions = rng.normal(size=(5, 5))
    emissions[0] = [-np.inf, -np.inf, 0.0, -np.inf, -np.inf]  # I-A cannot come first
    log_z = messages(chain, emissions, Layout(np.array([2, 3]))).log_z
    assert log_z[0] == -np.inf
    assert log_z[1] == pytest.approx(reference(chain, emissions[2:])[0])


def test_scores_that_are_not_numbers_give_no_number():
    chain = free_chain(np.random.default_rng(6), 3)
    emissions = np.zeros((4, 3))
    emissions[1, 1] = np.nan
    log_z = messages(chain, emissions, Layout(np.array([2, 2]))).log_z
    assert np.isnan(log_z[0])
    assert log_z[1] == pytest.approx(reference(chain, emissions[2:])[0])
