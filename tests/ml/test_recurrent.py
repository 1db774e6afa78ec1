import numpy as np
import pytest
from gradients import check_parameter_gradients, slope
from hypothesis import given
from hypothesis import strategies as st
from thinc.api import fix_random_seed, set_dropout_rate

from spacy_bioner.ml import recurrent
from spacy_bioner.ml.recurrent import make_bilstm, make_two_way_lstm
from spacy_bioner.ml.sequences import TokenRows

STACKS = [(make_bilstm, 1), (make_bilstm, 3), (make_two_way_lstm, 1), (make_two_way_lstm, 2)]


def _input(lengths: list[int], width: int = 6, rows: int = 9) -> TokenRows:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(rows, width)).astype(np.float32)
    return TokenRows(table, rng.integers(0, rows, sum(lengths)), np.array(lengths, dtype=np.int64))


def _stack(make, depth: int, X: TokenRows, hidden: int = 4, **options):
    fix_random_seed(0)
    model = make(hidden, depth, **options)
    model.initialize(X=X)
    return model


@pytest.mark.parametrize(("make", "depth"), STACKS)
@pytest.mark.parametrize(("rate", "unit"), [(0.0, "token"), (0.4, "token"), (0.4, "word")])
def test_gradients(make, depth, rate, unit):
    X = _input([4, 1, 6, 2])
    model = _stack(make, depth, X, dropout_unit=unit)
    set_dropout_rate(model, rate)
    model._func = _with_seed(model._func)  # the same masks each time
    check_parameter_gradients(model, X)

    Y, backprop = model(X, is_train=True)
    weights = np.random.default_rng(1).normal(size=Y.shape).astype(np.float32)
    gradient = backprop(weights).table
    direction = np.random.default_rng(2).normal(size=gradient.shape).astype(np.float32)
    numeric = slope(lambda: float((model(X, is_train=True)[0] * weights).sum()), X.table, direction, 1e-3)
    assert numeric == pytest.approx(float((gradient * direction).sum()), rel=2e-2, abs=2e-2)


def _with_seed(func):
    def forward(model, X, is_train):
        fix_random_seed(3)
        return func(model, X, is_train)

    return forward


@pytest.mark.parametrize(("make", "depth"), STACKS)
@given(lengths=st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_a_sequence_reads_the_same_alone_and_among_others(make, depth, lengths):
    X = _input(lengths)
    model = _stack(make, depth, X)
    together = model.predict(X)
    assert together.shape == (sum(lengths), 8)
    ends = np.cumsum(lengths)
    for end, length in zip(ends, lengths, strict=True):
        alone = model.predict(TokenRows(X.table, X.rows[end - length : end], np.array([length])))
        assert np.allclose(alone, together[end - length : end], atol=1e-6)


@pytest.mark.parametrize(("make", "depth"), STACKS)
@pytest.mark.parametrize("lengths", [[4, 1, 6, 2], [5], [0, 3], [0]])
def test_the_layers_of_a_gpu_compute_the_same(make, depth, lengths, monkeypatch):
    X = _input(lengths)
    model = _stack(make, depth, X, hidden=5)
    results = []
    for better in (False, True):
        monkeypatch.setattr(recurrent, "is_better", lambda *args, better=better: better)
        predicted = model.predict(X)
        Y, backprop = model(X, is_train=True)
        d_X = backprop(np.cos(np.arange(Y.size, dtype=np.float32)).reshape(Y.shape)).table
        results.append([predicted, Y, d_X, *(model.get_grad(name).copy() for name in model.param_names)])
        for name in model.param_names:
            model.set_grad(name, model.get_grad(name) * 0)
    for own, torchs in zip(*results, strict=True):
        assert np.allclose(own, torchs, rtol=0, atol=1e-5)
        assert own.any() == (sum(lengths) > 0)


def test_the_two_ways_meet_only_at_the_top():
    X = _input([6])
    changed = TokenRows(X.table, np.append(X.rows[:-1], (X.rows[-1] + 1) % 9), X.lengths)
    two_way, bilstm = _stack(make_two_way_lstm, 2, X), _stack(make_bilstm, 2, X)
    assert np.allclose(two_way.predict(X)[:5, :4], two_way.predict(changed)[:5, :4], atol=1e-6)  # forward: no future
    assert not np.allclose(two_way.predict(X)[:5, 4:], two_way.predict(changed)[:5, 4:])
    assert not np.allclose(bilstm.predict(X)[:5, :4], bilstm.predict(changed)[:5, :4])


def test_one_layer_of_either_kind_is_the_same_net():
    X = _input([3, 5])
    bilstm, two_way = _stack(make_bilstm, 1, X), _stack(make_two_way_lstm, 1, X)
    for name in bilstm.param_names:
        two_way.set_param(name, bilstm.get_param(name))
    assert np.allclose(bilstm.predict(X), two_way.predict(X), atol=1e-6)


def test_dropout_is_for_training_only_and_set_by_thinc():
    X = _input([5, 4])
    model = _stack(make_bilstm, 2, X)
    still = model.predict(X)
    assert np.allclose(model(X, is_train=True)[0], still, atol=1e-6)
    set_dropout_rate(model, 0.5)
    dropped = model(X, is_train=True)[0]
    assert 0.2 < (dropped == 0).mean() < 0.8
    assert np.array_equal(model.predict(X), still)


@pytest.mark.parametrize("unit", ["token", "word"])
def test_tokens_of_a_word_share_their_input_mask_where_the_unit_is_the_word(unit):
    X = TokenRows(_input([1], width=50).table, np.array([3, 3, 5]), np.array([1, 1, 1]))
    model = _stack(make_bilstm, 1, X, hidden=30, dropout_unit=unit)
    set_dropout_rate(model, 0.4)
    first, second, other = model(X, is_train=True)[0]
    kept = (first != 0) & (second != 0) & (other != 0)  # by the masks on the output
    assert kept.sum() > 5
    assert np.allclose(first[kept], second[kept], atol=1e-6) == (unit == "word")
    assert not np.allclose(first[kept], other[kept], atol=1e-2)


def test_first_values():
    model = _stack(make_bilstm, 1, _input([1], width=10), hidden=8)
    W, U, b = (model.get_param(name) for name in ("W0", "U0", "b0"))
    assert W.shape == (2, 32, 10)
    assert np.abs(W).max() <= np.sqrt(6 / 18)
    for direction in range(2):
        for gate in np.split(U[direction], 4):
            assert np.allclose(gate @ gate.T, np.eye(8), atol=1e-5)
        assert b[direction].tolist() == [0.0] * 8 + [1.0] * 8 + [0.0] * 16


def test_survives_bytes():
    X = _input([4, 2])
    model = _stack(make_two_way_lstm, 2, X)
    loaded = make_two_way_lstm(4, 2).from_bytes(model.to_bytes())
    assert np.array_equal(loaded.predict(X), model.predict(X))
