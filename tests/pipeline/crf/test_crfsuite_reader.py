from contextlib import suppress

import numpy as np
import pycrfsuite
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.crf.crfsuite_reader import read_model
from spacy_bioner.pipeline.crf.training import fit


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    sequences = []
    for _ in range(30):
        length = int(rng.integers(1, 7))
        features = [[f"f{i}" for i in rng.integers(0, 20, 3)] + ["größe"] for _ in range(length)]
        sequences.append((features, rng.choice(["O", "B-A", "I-A", "B-Übel"], length).tolist()))
    return fit(sequences, "lbfgs", {"c1": 0.0, "c2": 0.1, "max_iterations": 20})


def test_it_reads_what_crfsuite_reads(data):
    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(data)
    info, model = tagger.info(), read_model(data)
    assert list(model.tags) == tagger.labels()
    assert dict(model.attributes) == {name: int(number) for name, number in info.attributes.items()}
    transitions = np.zeros_like(model.transitions)
    for (before, after), weight in info.transitions.items():
        transitions[model.tags.index(before), model.tags.index(after)] = weight
    np.testing.assert_allclose(model.transitions, transitions, atol=1e-6)  # it prints six decimals
    weights = np.zeros_like(model.weights)
    for (name, tag), weight in info.state_features.items():
        weights[model.attributes[name], model.tags.index(tag)] = weight
    np.testing.assert_allclose(model.weights, weights, atol=1e-6)
    assert np.abs(weights).max() > 0.1


def test_the_score_of_a_token_sums_over_its_known_features(data):
    model = read_model(data)
    rows = model.weights[[model.attributes["f1"], model.attributes["größe"]]]
    np.testing.assert_array_equal(model.score(["f1", "größe", "never seen"]), rows.sum(axis=0))
    assert not model.score([]).any()


def test_every_shorter_file_is_refused(data):
    for size in [*range(200), *range(200, len(data), 97), len(data) - 1]:
        with pytest.raises(BionerError, match="B410"):
            read_model(data[:size])


@given(st.data())
def test_damage_never_crashes(data, draw):
    damaged = bytearray(data)
    for place in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=5)):
        damaged[place] = draw.draw(st.integers(0, 255))
    with suppress(BionerError):  # any other error fails the test
        assert np.isfinite(read_model(bytes(damaged)).weights).all()


@given(st.binary(max_size=400))
def test_garbage_is_refused(garbage):
    with pytest.raises(BionerError, match="B410"):
        read_model(garbage)


@pytest.mark.parametrize("place", [28, 32, 36])  # where features, tags and attributes begin
def test_an_offset_that_leads_nowhere_is_refused(data, place):
    for wrong in (0, 7, len(data) - 2, len(data), 2**32 - 1):
        damaged = data[:place] + wrong.to_bytes(4, "little") + data[place + 4 :]
        with pytest.raises(BionerError, match="B410"):
            read_model(damaged)
