import numpy as np
import pytest
from chains import cut, enumerate_paths, log_sum, reference, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.ml.decoding.known_tags import Gold, gather
from spacy_bioner.ml.decoding.likelihood import negative_log_likelihood
from spacy_bioner.ml.decoding.linear_chain import Chain
from spacy_bioner.tags import SCHEMES, tag_set

SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.lists(st.integers(1, 4), min_size=1, max_size=3)
KINDS = st.sampled_from(["all", "some", "sets"])


def legal_paths(chain, lengths, rng):
    """One random legal tag sequence for each length, end to end."""
    zeros = [np.zeros((length, len(chain.start))) for length in lengths]
    drawn = []
    for part in zeros:
        paths = list(enumerate_paths(chain, part))
        drawn.append(paths[rng.integers(len(paths))])
    return np.concatenate(drawn)


def allowed_sets(rng, tags, size, kind):
    """What is known of tags: ``all``, ``some`` (the others not at all) or ``sets`` of which the tag is one."""
    if kind == "all":
        return tags, None
    if kind == "some":
        return np.where(rng.random(len(tags)) < 0.5, tags, -1), None
    allowed = (rng.random((len(tags), size)) < 0.4) | (tags[:, None] == np.arange(size))
    return np.where(allowed.sum(axis=1) == 1, tags, -1), allowed


def label_sets(rng, tags, names):
    """As a corpus leaves types open: where the tag is O, also the tags of one label or both, the same in all tokens."""
    open_labels = [label for label in ("A", "B") if rng.random() < 0.7]
    allowed = tags[:, None] == np.arange(len(names))
    allowed[tags == 0] |= [name.partition("-")[2] in open_labels for name in names]
    allowed[rng.random(len(tags)) < 0.1] = True
    return allowed


@given(SEEDS, st.sampled_from(SCHEMES), LENGTHS, st.sampled_from([1, 100]))
@settings(max_examples=60)
def test_types_that_a_corpus_leaves_open_give_what_enumeration_gives(seed, scheme, lengths, scale):
    rng = np.random.default_rng(seed)
    names = tag_set(["A", "B"], scheme)
    lengths = [min(length, 3) for length in lengths]
    chain = scheme_chain(rng, scheme, ["A", "B"])
    emissions = rng.normal(size=(sum(lengths), len(names))) * scale
    allowed = label_sets(rng, legal_paths(chain, lengths, rng), names)
    gold = gather(cut(allowed, lengths), lengths, names)
    assert gold.whole_labels
    losses, _ = negative_log_likelihood(chain, emissions, gold)
    for loss, part, sets in zip(losses, cut(emissions, lengths), cut(allowed, lengths), strict=True):
        paths = enumerate_paths(chain, part)
        agreeing = [score for path, score in paths.items() if sets[np.arange(len(path)), path].all()]
        assert loss == pytest.approx(log_sum(paths.values()) - log_sum(agreeing), rel=1e-10, abs=1e-9)


@given(SEEDS, st.sampled_from(SCHEMES), st.sampled_from([1, 10, 20, 40]))
@settings(max_examples=40, deadline=None)
def test_long_sequences_with_open_types_do_not_underflow(seed, scheme, scale):
    """Beside the same chain in log space: messages of sets of whole labels are linear where scores allow it."""
    rng = np.random.default_rng(seed)
    names = tag_set(["A", "B"], scheme)
    chain = scheme_chain(rng, scheme, ["A", "B"], scale / 10)
    tags = np.array([0] * 60)
    emissions = rng.normal(size=(60, len(names))) * scale
    allowed = label_sets(rng, tags, names)
    gold = gather([allowed], [60], names)
    losses, gradient = negative_log_likelihood(chain, emissions, gold)
    log_z, marginals, _ = reference(chain, emissions)
    log_known, known, _ = reference(chain, np.where(allowed, emissions, -np.inf))
    assert losses[0] == pytest.approx(log_z - log_known, rel=1e-9, abs=1e-7)
    assert gradient().emissions == pytest.approx(marginals - known, abs=1e-7)


def test_sets_of_parts_of_a_label_are_told_from_sets_of_whole_labels():
    names = tag_set(["A", "B"], "BIO")  # O, B-A, I-A, B-B, I-B
    for row, whole in (([1, 1, 1, 0, 0], True), ([1, 1, 0, 0, 0], False), ([0, 1, 1, 0, 0], False), ([1] * 5, True)):
        assert gather([np.array([row], dtype=bool)], [1], names).whole_labels is whole


@given(SEEDS, st.sampled_from(SCHEMES), LENGTHS, KINDS, st.sampled_from([1, 100]))
@settings(max_examples=120)
def test_the_loss_is_what_enumeration_gives(seed, scheme, lengths, kind, scale):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, scheme, ["A"])
    size = len(chain.start)
    emissions = rng.normal(size=(sum(lengths), size)) * scale
    tags, allowed = allowed_sets(rng, legal_paths(chain, lengths, rng), size, kind)
    gold = Gold(np.array(lengths), tags, allowed)
    losses, _ = negative_log_likelihood(chain, emissions, gold)
    mask = gold.mask(np.arange(len(tags)), size)
    for loss, part, part_mask in zip(losses, cut(emissions, lengths), cut(mask, lengths), strict=True):
        paths = enumerate_paths(chain, part)
        agreeing = [score for path, score in paths.items() if part_mask[np.arange(len(path)), path].all()]
        assert loss == pytest.approx(log_sum(paths.values()) - log_sum(agreeing), rel=1e-10, abs=1e-9)


def numeric(loss, values, step=1e-4):
    """Central differences of ``loss()`` by each value, -inf apart."""
    slopes = np.zeros_like(values)
    for index in np.argwhere(values > -np.inf):
        cell = tuple(index)
        before = values[cell]
        values[cell] = before + step
        above = loss()
        values[cell] = before - step
        slopes[cell] = (above - loss()) / (2 * step)
        values[cell] = before
    return slopes


@given(
    SEEDS, st.sampled_from(SCHEMES), LENGTHS, st.sampled_from(["all", "some", "sets"]), st.sampled_from([1, 10, 200])
)
@settings(max_examples=40)
def test_gradients_are_the_slopes_of_the_loss(seed, scheme, lengths, kind, scale):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, scheme, ["A"])
    emissions = rng.normal(size=(sum(lengths), len(chain.start))) * scale
    tags, allowed = allowed_sets(rng, legal_paths(chain, lengths, rng), len(chain.start), kind)
    gold = Gold(np.array(lengths), tags, allowed)

    def loss():
        return negative_log_likelihood(chain, emissions, gold)[0].sum()

    gradient = negative_log_likelihood(chain, emissions, gold)[1]()
    for exact, values in (
        (gradient.emissions, emissions),
        (gradient.start, chain.start),
        (gradient.transitions, chain.transitions),
        (gradient.end, chain.end),
    ):
        np.testing.assert_allclose(exact, numeric(loss, values), atol=1e-5)


@given(SEEDS, st.lists(st.integers(1, 30), min_size=2, max_size=6), st.sampled_from(["all", "some"]))
@settings(max_examples=30)
def test_a_sequence_has_the_same_loss_and_gradient_alone(seed, lengths, kind):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, "BIO", ["A", "B"])
    emissions = rng.normal(size=(sum(lengths), 5)) * 3
    tags = np.where(rng.random(sum(lengths)) < (0.5 if kind == "some" else 0), -1, rng.choice([0, 1, 3], sum(lengths)))
    losses, gradient = negative_log_likelihood(chain, emissions, Gold(np.array(lengths), tags))
    together, pairs = gradient().emissions, np.zeros((5, 5))
    parts = zip(losses, cut(emissions, lengths), cut(tags, lengths), cut(together, lengths), strict=True)
    for loss, part, part_tags, part_gradient in parts:
        alone, gradient_alone = negative_log_likelihood(chain, part, Gold(np.array([len(part)]), part_tags))
        assert loss == pytest.approx(alone[0], rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(part_gradient, gradient_alone().emissions, atol=1e-12)
        pairs += gradient_alone().transitions
    np.testing.assert_allclose(gradient().transitions, pairs, atol=1e-11)


def test_a_sequence_of_which_nothing_is_known_teaches_nothing():
    rng = np.random.default_rng(0)
    chain = scheme_chain(rng, "IOBES", ["A"])
    emissions = rng.normal(size=(5, 5))
    losses, gradient = negative_log_likelihood(chain, emissions, Gold(np.array([2, 3]), np.full(5, -1)))
    np.testing.assert_allclose(losses, 0, atol=1e-12)
    for values in gradient():
        np.testing.assert_allclose(values, 0, atol=1e-12)


def test_forbidden_transitions_get_no_gradient():
    rng = np.random.default_rng(1)
    chain = scheme_chain(rng, "IOBES", ["A", "B"])
    emissions = rng.normal(size=(30, 9))
    gradient = negative_log_likelihood(chain, emissions, Gold(np.array([30]), np.zeros(30, dtype=int)))[1]()
    assert (gradient.transitions[chain.transitions == -np.inf] == 0).all()
    assert (gradient.transitions[chain.transitions > -np.inf] != 0).all()


@pytest.mark.parametrize("tags", [[0, 2], [-1, 2, -1, 1], [2, 0]])
def test_tags_that_cannot_be_have_an_infinite_loss(tags):
    never = -np.inf  # tag 2 only follows tag 1, which only tag 2 follows
    transitions = np.array([[0.0, 0.0, never], [never, never, 0.0], [0.0, 0.0, never]])
    chain = Chain(np.array([0.0, 0.0, never]), transitions, np.array([0.0, never, 0.0]), mixing=1 << 40)
    losses, _ = negative_log_likelihood(
        chain, np.zeros((len(tags) + 1, 3)), Gold(np.array([len(tags), 1]), np.array([*tags, 0]))
    )
    assert losses[0] == np.inf
    assert np.isfinite(losses[1])


def test_sets_of_tags_that_keep_two_ways_apart_lose_neither():
    # Tags 0 and 1 lead to each other through tag 2 alone, which no token may have: all along one or all along the
    # other, and in the middle one of the two is exp(800) behind.
    never = -np.inf
    transitions = np.array([[0.0, never, 0.0], [never, 0.0, 0.0], [0.0, 0.0, 0.0]])
    chain = Chain(np.zeros(3), transitions, np.zeros(3), mixing=2)
    emissions = np.array([[0.0, 40.0, 0.0]] * 20 + [[40.0, 0.0, 0.0]] * 20)
    allowed = np.tile([True, True, False], (40, 1))
    losses, gradient = negative_log_likelihood(chain, emissions, Gold(np.array([40]), np.full(40, -1), allowed))
    log_z, marginals, _ = reference(chain, emissions)
    assert losses[0] == pytest.approx(log_z - (800 + np.log(2)), rel=1e-12)
    np.testing.assert_allclose(gradient().emissions, marginals - [0.5, 0.5, 0.0], atol=1e-9)
