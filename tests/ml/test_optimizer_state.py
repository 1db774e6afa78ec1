import numpy as np
import pytest
from thinc.api import Adam, Linear, RAdam, Relu, chain, fix_random_seed

from spacy_bioner.ml.adam import make_adam
from spacy_bioner.ml.optimizer_state import pack_optimizer, unpack_optimizer


def _model(width=3):
    fix_random_seed(0)
    return chain(Relu(width, 4), Linear(2, width)).initialize()


def _steps(model, optimizer, count, seed):
    X = np.random.default_rng(seed).normal(size=(5, 4)).astype("f")
    for _ in range(count):
        Y, backprop = model(X, is_train=True)
        backprop(Y - 1)
        model.finish_update(optimizer)
    return model.predict(X)


@pytest.mark.parametrize("make", [Adam, make_adam, RAdam])
@pytest.mark.parametrize("use_averages", [True, False])
def test_training_in_two_parts_is_training_in_one(make, use_averages):
    whole = _model()
    expected = _steps(whole, make(0.01, use_averages=use_averages), 20, seed=1)

    first, optimizer = _model(), make(0.01, use_averages=use_averages)
    _steps(first, optimizer, 10, seed=1)
    second, fresh = _model().from_bytes(first.to_bytes()), make(0.01, use_averages=use_averages)
    unpack_optimizer(second, fresh, pack_optimizer(first, optimizer))
    assert np.allclose(_steps(second, fresh, 10, seed=1), expected, rtol=0, atol=1e-6)

    forgetful = _steps(_model().from_bytes(first.to_bytes()), make(0.01, use_averages=use_averages), 10, seed=1)
    assert not np.allclose(forgetful, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize(("first", "second"), [(Adam, make_adam), (make_adam, Adam)])
def test_one_adam_goes_on_where_the_other_stopped(first, second):
    expected = _steps(_model(), Adam(0.01), 20, seed=1)
    model, optimizer, other = _model(), first(0.01), second(0.01)
    _steps(model, optimizer, 10, seed=1)
    unpack_optimizer(model, other, pack_optimizer(model, optimizer))
    assert np.allclose(_steps(model, other, 10, seed=1), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("make", [Adam, make_adam])
def test_the_state_of_another_network_is_refused(make):
    optimizer = make(0.01)
    model = _model()
    _steps(model, optimizer, 1, seed=0)
    fresh = make(0.01)
    with pytest.raises(ValueError, match="node 1"):
        unpack_optimizer(_model(width=5), fresh, pack_optimizer(model, optimizer))
    assert not fresh.mom1


def test_averages_are_left_where_none_are_kept():
    optimizer, without = Adam(0.01), Adam(0.01, use_averages=False)
    model = _model()
    _steps(model, optimizer, 2, seed=0)
    unpack_optimizer(model, without, pack_optimizer(model, optimizer))
    assert without.averages is None
    assert without.mom1.keys() == optimizer.mom1.keys()
    assert without.nr_update == optimizer.nr_update
