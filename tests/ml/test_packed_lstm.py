import copy
import pickle

import numpy as np
import pytest
from thinc.api import Adam, fix_random_seed

from spacy_bioner.ml import recurrent
from spacy_bioner.ml.packed_lstm import can_pack
from spacy_bioner.ml.recurrent import make_bilstm, make_two_way_lstm
from spacy_bioner.ml.sequences import TokenRows

pytestmark = pytest.mark.skipif(not can_pack(), reason="torch has no oneDNN here")


@pytest.fixture(params=[(make_bilstm, 1), (make_bilstm, 2), (make_two_way_lstm, 2)])
def stack(request):
    make, depth = request.param
    fix_random_seed(0)
    model = make(12, depth)
    model.initialize(X=sentence(7))
    return model


def sentence(length: int, empty: int = 0) -> TokenRows:
    rng = np.random.default_rng(length)
    table = rng.normal(size=(9, 10)).astype(np.float32)
    return TokenRows(table, rng.integers(0, 9, length), np.array([length, *[0] * empty], dtype=np.int64))


def unpacked(model, X):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurrent, "can_pack", lambda: False)
        return model.predict(X)


def is_packed(model):
    return all(packed._kept is not None for packed in model.attrs["packed"])


def test_one_sequence_of_any_length_has_the_same_states(stack):
    for length in (1, 2, 31, 32, 33, 150):
        X = sentence(length, empty=length % 2)
        expected = unpacked(stack, X)
        assert np.allclose(stack.predict(X), expected, rtol=0, atol=1e-5)
        assert expected.shape == (length, 24)
    assert is_packed(stack)


def test_several_sequences_are_not_packed(stack):
    X = sentence(8)
    stack.predict(TokenRows(X.table, X.rows, np.array([5, 3])))
    assert not any(packed._kept for packed in stack.attrs["packed"])


def test_new_weights_are_packed_anew(stack):
    X = sentence(6)
    before = stack.predict(X)
    for name in stack.param_names:
        stack.set_param(name, stack.get_param(name) * 2)
        assert np.allclose(stack.predict(X), unpacked(stack, X), rtol=0, atol=1e-5)
    assert not np.allclose(stack.predict(X), before, atol=1e-3)
    averages = {(stack.id, name): stack.get_param(name) * 0.1 for name in stack.param_names}
    now = stack.predict(X)
    with stack.use_params(averages):
        assert np.allclose(stack.predict(X), unpacked(stack, X), rtol=0, atol=1e-5)
        assert not np.allclose(stack.predict(X), now, atol=1e-3)
    assert np.allclose(stack.predict(X), now, rtol=0, atol=1e-6)
    assert is_packed(stack)


def test_what_an_optimizer_changes_in_place_is_seen(stack):
    """Also if the layer predicts between the gradient and the step, as components do that annotate while they learn."""
    X, optimizer = sentence(6), Adam(0.1)
    before = stack.predict(X)
    Y, backprop = stack.begin_update(X)
    backprop(np.ones_like(Y))
    stack.predict(X)
    stack.finish_update(optimizer)
    after = stack.predict(X)
    assert np.allclose(after, unpacked(stack, X), rtol=0, atol=1e-5)
    assert not np.allclose(after, before, atol=1e-3)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: model.copy(), lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_packs_its_own(stack, copied):
    X = sentence(6)
    expected = stack.predict(X)
    other = copied(stack)
    assert not is_packed(other)
    for name in other.param_names:
        other.set_param(name, other.get_param(name) * 2)
    assert not np.allclose(other.predict(X), expected, atol=1e-3)
    assert np.allclose(stack.predict(X), expected, rtol=0, atol=1e-6)


def test_packed_weights_are_not_saved(stack):
    saved = stack.to_bytes()
    stack.predict(sentence(6))
    assert is_packed(stack)
    assert stack.to_bytes() == saved
    X = sentence(5)
    stack.begin_update(X)
    loaded = stack.copy().from_bytes(stack.to_bytes())
    assert np.allclose(loaded.predict(X), stack.predict(X), rtol=0, atol=1e-5)
    assert is_packed(loaded)
