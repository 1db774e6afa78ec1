import numpy as np
import pytest
from thinc.api import Adam, Linear, constant, decaying, registry

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.adam import make_adam


@pytest.mark.parametrize(
    "settings",
    [
        {"L2": 0.0, "use_averages": False},
        {"grad_clip": 0.5, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"L2": 0.1, "L2_is_weight_decay": True},
        {"L2": 0.1, "L2_is_weight_decay": False, "grad_clip": 0.0},
    ],
)
def test_takes_the_steps_of_thincs(settings):
    rng = np.random.default_rng(0)
    theirs, ours = (make(decaying(0.1, 0.01), **settings) for make in (Adam, make_adam))
    weights = {key: rng.normal(size=shape).astype(np.float32) for key, shape in (("W", (4, 3, 2)), ("b", (5,)))}
    pairs = {key: (value.copy(), value.copy()) for key, value in weights.items()}
    for _ in range(30):
        for key, (left, right) in pairs.items():
            gradient = (rng.normal(size=left.shape) * 10.0 ** rng.integers(-6, 1)).astype(np.float32)
            left, spent = theirs((1, key), left, gradient.copy())
            right, ours_spent = ours((1, key), right, gradient.copy())
            pairs[key] = (left, right)
            assert not spent.any()
            assert not ours_spent.any()
        theirs.step_schedules()
        ours.step_schedules()
    for key, (left, right) in pairs.items():
        assert np.allclose(left, right, atol=1e-5)
        assert not np.allclose(left, weights[key], atol=0.05)
    if theirs.averages is not None:
        assert theirs.averages.keys() == ours.averages.keys()
        for key, average in theirs.averages.items():
            assert np.allclose(ours.averages[key], average, atol=1e-5)


def test_follows_weights_that_were_replaced():
    ours = registry.optimizers.get("spacy-bioner.Adam.v1")(0.1, L2=0.0, use_averages=False)
    first, second = np.zeros(3, dtype=np.float32), np.ones(3, dtype=np.float32)
    ours((1, "b"), first, np.ones(3, dtype=np.float32))
    after, _ = ours((1, "b"), second, np.ones(3, dtype=np.float32))
    assert np.allclose(first, -0.1)
    assert np.allclose(after, 0.9, atol=1e-3)


def test_trains_a_layer():
    model = Linear(1, 2).initialize()
    X = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    target = X @ np.array([[2.0], [-1.0]], dtype=np.float32)
    optimizer = make_adam(constant(0.05), L2=0.0)
    for _ in range(400):
        Y, backprop = model.begin_update(X)
        backprop(Y - target)
        model.finish_update(optimizer)
    assert np.allclose(model.get_param("W"), [[2.0, -1.0]], atol=0.02)


def test_moments_of_another_size_are_refused():
    """torch's kernel does not look at their size: it writes beyond their end."""
    ours = make_adam(0.1, use_averages=False)
    for size in (6, 10_000, 6):
        weights = np.ones(size, np.float32)
        if size == 6:
            ours((1, "W"), weights, weights.copy())
        else:
            with pytest.raises(ValueError, match="10000 weights and the moments of 6"):
                ours((1, "W"), weights, weights.copy())


@pytest.mark.parametrize("beta", ["beta1", "beta2"])
def test_decays_without_a_step_of_adam_are_refused(beta):
    """thinc takes 0 for another optimizer: it would not fail before the first update, or not at all."""
    for value in (0, 0.0, 1, -0.1, 1.5, float("nan"), "0.9"):
        with pytest.raises(BionerError, match=f"B623.*{beta}"):
            make_adam(0.1, **{beta: value})
    with pytest.raises(BionerError, match=f"B623.*{beta}"):
        make_adam(0.1, **{beta: [0.0, 0.9]})
    optimizer = make_adam(0.1, **{beta: iter([0.9, 0.5, 0.0])})
    optimizer.step_schedules()
    with pytest.raises(BionerError, match=f"B623.*{beta}"):
        optimizer.step_schedules()


@pytest.mark.parametrize("beta", [1e-6, 0.999999])
def test_all_other_decays_give_a_step(beta):
    for name in ("beta1", "beta2"):
        weights = np.ones(3, np.float32)
        make_adam(0.1, use_averages=False, **{name: beta})((1, "b"), weights, np.ones(3, np.float32))
        assert np.isfinite(weights).all()
        assert (weights < 0.95).all()
