import numpy as np
from chains import cut, enumerate_paths, log_sum, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.linear_chain import Layout, Masks
from spacy_bioner.ml.decoding.segments import SegmentRules
from spacy_bioner.ml.decoding.segments_above_threshold import likely_segments
from spacy_bioner.tags import SCHEMES, decode, tag_set


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(SCHEMES),
    st.sampled_from([("A",), ("A", "B")]),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.sampled_from([0.5, 2, 300]),
    st.sampled_from([0.01, 0.1, 0.4]),
)
@settings(max_examples=80, deadline=None)
def test_finds_every_segment_that_is_probable_enough_and_no_other(seed, scheme, labels, lengths, scale, threshold):
    rng = np.random.default_rng(seed)
    tags = tag_set(labels, scheme)
    chain = scheme_chain(rng, scheme, labels)
    emissions = rng.normal(size=(sum(lengths), len(tags))) * scale
    expected = {}
    for offset, part in zip(np.cumsum([0, *lengths]).tolist(), cut(emissions, lengths), strict=False):
        paths = enumerate_paths(chain, part)
        log_z = log_sum(paths.values())
        for path, score in paths.items():
            for start, end, label in decode([tags[tag] for tag in path], scheme):
                span = (offset + start, offset + end, label)
                expected[span] = expected.get(span, 0.0) + float(np.exp(score - log_z))
    passed = messages(chain, emissions, Layout(np.array(lengths)))
    found = dict(zip(*likely_segments(passed, Masks.of(tags, scheme), SegmentRules.of(tags), threshold), strict=True))
    sure = {span for span, probability in expected.items() if probability > threshold + 1e-9}
    possible = {span for span, probability in expected.items() if probability > threshold - 1e-9}
    assert sure <= found.keys() <= possible
    assert list(found) == sorted(found)
    np.testing.assert_allclose([found[span] for span in sorted(found)], [expected[span] for span in sorted(found)])


def test_nothing_is_probable_enough():
    chain, tags = scheme_chain(np.random.default_rng(0), "BIO", ["A"]), tag_set(["A"])
    passed = messages(chain, np.array([[9.0, -9.0, -9.0]]), Layout(np.array([1])))
    assert likely_segments(passed, Masks.of(tags, "BIO"), SegmentRules.of(tags), 0.5) == ([], [])
