import numpy as np
import pytest
from chains import cut, enumerate_paths, log_sum, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.linear_chain import Layout
from spacy_bioner.ml.decoding.segments import SegmentRules, segment_probabilities
from spacy_bioner.tags import SCHEMES, decode, tag_set

SEEDS = st.integers(0, 2**32 - 1)


def enumerated(chain, tags, scheme, emissions):
    """The probability of every span that some legal tag sequence has."""
    paths = enumerate_paths(chain, emissions)
    log_z, found = log_sum(paths.values()), {}
    for path, score in paths.items():
        for span in decode([tags[tag] for tag in path], scheme):
            found[span] = found.get(span, 0.0) + np.exp(score - log_z)
    return found


@given(
    SEEDS,
    st.sampled_from(SCHEMES),
    st.sampled_from([("A",), ("A", "B")]),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.sampled_from([1, 10, 300, 2000]),
)
@settings(max_examples=60)
def test_a_segment_is_as_probable_as_the_sequences_that_have_it(seed, scheme, labels, lengths, scale):
    rng = np.random.default_rng(seed)
    tags = tag_set(labels, scheme)
    chain = scheme_chain(rng, scheme, labels)
    emissions = rng.normal(size=(sum(lengths), len(tags))) * scale
    expected = {}
    for offset, part in zip(np.cumsum([0, *lengths]), cut(emissions, lengths), strict=False):
        for (start, end, label), probability in enumerated(chain, tags, scheme, part).items():
            expected[int(offset) + start, int(offset) + end, label] = probability
    passed = messages(chain, emissions, Layout(np.array(lengths)))
    found = segment_probabilities(passed, SegmentRules.of(tags), list(expected))
    np.testing.assert_allclose(found, list(expected.values()), atol=1e-9)


def test_a_label_without_tags_has_no_probability():
    chain = scheme_chain(np.random.default_rng(0), "BIO", ["A"])
    passed = messages(chain, np.zeros((3, 3)), Layout(np.array([3])))
    assert segment_probabilities(passed, SegmentRules.of(tag_set(["A"], "BIO")), [(0, 2, "B"), (0, 2, "A")])[0] == 0


def test_the_segments_that_hold_a_token_and_none_at_all_are_all_there_is():
    rng = np.random.default_rng(1)
    tags = tag_set(["A"], "IOBES")
    passed = messages(scheme_chain(rng, "IOBES", ["A"]), rng.normal(size=(12, 5)), Layout(np.array([12])))
    spans = [(start, end, "A") for start in range(12) for end in range(start + 1, 13)]
    probabilities = segment_probabilities(passed, SegmentRules.of(tags), spans)
    outside = passed.expectations()[0][:, 0]
    for token in range(12):
        holding = sum(p for p, (start, end, _) in zip(probabilities, spans, strict=True) if start <= token < end)
        assert holding + outside[token] == pytest.approx(1)
