"""What decoding holds at once does not grow with sequences times tags times tags, and the chunks change no result."""

import tracemalloc

import numpy as np
import pytest
from chains import free_chain

from spacy_bioner.ml.decoding import forward_backward, stacked, viterbi
from spacy_bioner.ml.decoding.linear_chain import CELLS, Layout


def best(chain, emissions, layout):
    return [viterbi.viterbi(chain, emissions, layout)]


def best_of_several(chain, emissions, layout):
    return stacked.stacked_viterbi([chain, chain], [emissions, emissions[::-1]], layout)


def log_messages(chain, emissions, layout):
    passed = forward_backward.messages(chain, emissions * 1000, layout)
    assert passed.is_log
    return [passed.log_z, passed.alpha, passed.gamma]


DECODERS = [best, best_of_several, log_messages]


@pytest.mark.parametrize("compute", DECODERS)
def test_many_tags_take_no_more_memory_than_a_chunk(compute):
    rng = np.random.default_rng(0)
    tags, sequences = 201, 400
    chain, emissions = free_chain(rng, tags), rng.normal(size=(2 * sequences, tags))
    assert sequences * tags * tags > 3 * CELLS
    layout = Layout(np.full(sequences, 2))
    tracemalloc.start()
    try:
        compute(chain, emissions, layout)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    by_token = 8 * emissions.nbytes
    assert peak < by_token + 4 * 8 * CELLS, f"{peak / 2**20:.0f} MiB"


@pytest.mark.parametrize("compute", DECODERS)
@pytest.mark.parametrize("cells", [1, 50, 100, 300])
def test_chunks_change_nothing(compute, cells, monkeypatch):
    rng = np.random.default_rng(1)
    chain, emissions = free_chain(rng, 5), rng.normal(size=(60, 5))
    layout = Layout(np.array([9, 1, 0, 12, 4, 4, 20, 3, 7]))
    whole = compute(chain, emissions, layout)
    for module in (viterbi, stacked, forward_backward):
        monkeypatch.setattr(module, "CELLS", cells)
    for one, other in zip(compute(chain, emissions, layout), whole, strict=True):
        np.testing.assert_array_equal(one, other)
