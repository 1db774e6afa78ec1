import numpy as np
import pytest
from chains import cut, enumerate_paths, free_chain, scheme_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.ml.decoding.linear_chain import Layout
from spacy_bioner.ml.decoding.viterbi import viterbi
from spacy_bioner.tags import SCHEMES, tag_set, validate

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.sampled_from(["free", *SCHEMES]), st.lists(st.integers(1, 5), min_size=1, max_size=4))
@settings(max_examples=100)
def test_the_best_of_all_sequences(seed, scheme, lengths):
    rng = np.random.default_rng(seed)
    chain = free_chain(rng, 4) if scheme == "free" else scheme_chain(rng, scheme, ["A"])
    emissions = rng.normal(size=(sum(lengths), len(chain.start)))
    tags = viterbi(chain, emissions, Layout(np.array(lengths)))
    for found, part in zip(cut(tags, lengths), cut(emissions, lengths), strict=True):
        paths = enumerate_paths(chain, part)
        assert tuple(found) == max(paths, key=paths.get)


@given(SEEDS, st.lists(st.integers(1, 40), min_size=2, max_size=8))
@settings(max_examples=30)
def test_a_sequence_has_the_same_tags_alone_even_where_scores_tie(seed, lengths):
    rng = np.random.default_rng(seed)
    chain = scheme_chain(rng, "IOBES", ["A", "B"], scale=0)
    emissions = rng.integers(0, 3, size=(sum(lengths), 9)).astype(np.float32)
    tags = viterbi(chain, emissions, Layout(np.array(lengths)))
    for found, part in zip(cut(tags, lengths), cut(emissions, lengths), strict=True):
        assert found.tolist() == viterbi(chain, part, Layout(np.array([len(part)]))).tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tags_are_legal_whatever_the_scores(scheme):
    rng = np.random.default_rng(0)
    names = tag_set(["A", "B"], scheme)
    chain = scheme_chain(rng, scheme, ["A", "B"])
    lengths = [1, 2, 3, 200]
    tags = viterbi(chain, rng.uniform(-1000, 1000, size=(206, len(names))), Layout(np.array(lengths)))
    for found in cut(tags, lengths):
        assert validate([names[tag] for tag in found], scheme) == []


def test_two_thousand_tokens_of_scores_of_100():
    rng = np.random.default_rng(1)
    chain = free_chain(rng, 3)
    emissions = rng.choice([-100.0, 100.0], size=(2000, 3))
    tags = viterbi(chain, emissions, Layout(np.array([2000])))

    def score(path):
        inside = chain.transitions[path[:-1], path[1:]].sum() + emissions[np.arange(2000), path].sum()
        return chain.start[path[0]] + inside + chain.end[path[-1]]

    best = np.zeros(3) + chain.start + emissions[0]
    for row in emissions[1:]:
        best = (best[:, None] + chain.transitions).max(axis=0) + row
    assert score(tags) == pytest.approx((best + chain.end).max(), rel=1e-12)
