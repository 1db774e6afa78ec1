"""Chains that are decoded together give what each gives alone."""

import numpy as np
import pytest
from chains import scheme_chain

from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.linear_chain import Layout
from spacy_bioner.ml.decoding.stacked import stacked_messages, stacked_viterbi
from spacy_bioner.ml.decoding.viterbi import viterbi
from spacy_bioner.tags import tag_set


@pytest.mark.parametrize("scale", [1.0, 40.0, 3000.0])
@pytest.mark.parametrize("groups", [["A"], ["A", "B", "C"], ["A", "BC", "D", "EF", "GHI"]])
def test_each_chain_gives_what_it_gives_alone(groups, scale):
    rng = np.random.default_rng(len(groups))
    layout = Layout(np.array([5, 1, 0, 9, 5, 2]))
    chains = [scheme_chain(rng, "IOBES", list(labels)) for labels in groups]
    emissions = [rng.normal(size=(22, len(tag_set(list(labels), "IOBES")))) * scale for labels in groups]
    found = stacked_messages(chains, emissions, layout)
    paths = stacked_viterbi(chains, emissions, layout)
    for chain, own, passed, path in zip(chains, emissions, found, paths, strict=True):
        alone = messages(chain, own, layout)
        np.testing.assert_allclose(passed.log_z, alone.log_z)
        for one, other in zip(passed.expectations(), alone.expectations(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-9)
        assert path.tolist() == viterbi(chain, own, layout).tolist()
