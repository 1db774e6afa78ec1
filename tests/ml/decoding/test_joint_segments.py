"""The probability of several segments together, against enumeration of all tag sequences."""

import numpy as np
from chains import cut, enumerate_paths, log_sum, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.disjoint_tags import decode
from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.joint_segments import joint_probabilities
from spacy_bioner.ml.decoding.linear_chain import Layout
from spacy_bioner.ml.decoding.segments import SegmentRules
from spacy_bioner.tags import BIOHD, tag_set


def expected_of(chain, tags, emissions):
    """The probability of every group of segments that makes a mention in some legal tag sequence."""
    paths = enumerate_paths(chain, emissions)
    log_z = log_sum(paths.values())
    read = {path: [found.segments for found in decode([tags[tag] for tag in path])] for path in paths}
    segments = {path: {part for group in found for part in group} for path, found in read.items()}
    groups = {group for found in read.values() for group in found}
    return {
        group: sum(np.exp(score - log_z) for path, score in paths.items() if segments[path].issuperset(group))
        for group in groups
    }


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 4), min_size=1, max_size=2),
    st.sampled_from([1, 10, 300, 2000]),
)
@settings(max_examples=25)
def test_a_mention_is_as_probable_as_the_sequences_that_have_its_segments(seed, lengths, scale):
    rng = np.random.default_rng(seed)
    tags = tag_set(["A"], BIOHD)
    chain = scheme_chain(rng, BIOHD, ["A"])
    emissions = rng.normal(size=(sum(lengths), len(tags))) * scale
    expected = {}
    for offset, part in zip(np.cumsum([0, *lengths]).tolist(), cut(emissions, lengths), strict=False):
        for group, probability in expected_of(chain, tags, part).items():
            expected[tuple((offset + start, offset + end, label) for start, end, label in group)] = probability
    passed = messages(chain, emissions, Layout(np.array(lengths)))
    found = joint_probabilities(passed, SegmentRules.of(tags), list(expected))
    np.testing.assert_allclose(found, list(expected.values()), atol=1e-9)
    assert joint_probabilities(passed, SegmentRules.of(tags), []) == []
