import numpy as np
import pytest
from gradients import slope
from thinc.api import fix_random_seed

from spacy_bioner.ml.language_model import head as lm_head
from spacy_bioner.ml.language_model.head import head_gradient, head_losses, make_lm_head
from spacy_bioner.ml.named_rows import NamedRows

FULL = {"full_up_to": 100}
ADAPTIVE = {"full_up_to": 5, "cutoffs": [4, 9], "shrink": 2}
WORDS = 15


def _head(options, hidden=8):
    fix_random_seed(0)
    head = make_lm_head(**options)
    head.attrs["rows"] = NamedRows([f"w{i}" for i in range(WORDS)])
    head.attrs["counts"] = [2 * WORDS - i for i in range(WORDS)]
    head.initialize(X=[np.zeros((1, 2 * hidden), dtype="f")])
    return head


def _states(n=20, hidden=8):
    return np.random.default_rng(0).normal(size=(n, hidden)).astype("f")


def test_clusters_come_with_many_words_only():
    assert _head(FULL).attrs["bounds"] == [0, WORDS]
    head = _head(ADAPTIVE)
    assert head.attrs["bounds"] == [0, 4, 9, WORDS]
    shapes = {name: head.get_param(name).shape for name in head.param_names}
    assert shapes == {
        "W0": (6, 8),
        "b0": (6,),
        "P1": (4, 8),
        "W1": (5, 4),
        "b1": (5,),
        "P2": (2, 8),
        "W2": (6, 2),
        "b2": (6,),
    }


@pytest.mark.parametrize("options", [FULL, ADAPTIVE])
def test_probabilities_of_all_words_sum_to_one(options):
    head, states = _head(options), _states(3)
    p = [np.exp(-head_losses(head, states, np.full(3, row))) for row in range(WORDS)]
    assert np.allclose(np.sum(p, axis=0), 1, atol=1e-5)


@pytest.mark.parametrize("options", [FULL, ADAPTIVE])
def test_an_untrained_head_gives_the_unigram_distribution_to_a_zero_state(options):
    head = _head(options)
    counts = np.array(head.attrs["counts"])
    p = np.exp(-head_losses(head, np.zeros((WORDS, 8), dtype="f"), np.arange(WORDS)))
    assert np.allclose(p, counts / counts.sum(), atol=1e-6)


def test_the_adaptive_softmax_is_torchs_own():
    torch = pytest.importorskip("torch")
    head, states = _head(ADAPTIVE), _states()
    targets = np.random.default_rng(1).integers(0, WORDS, len(states))
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(8, WORDS, [4, 9], div_value=2.0, head_bias=True)
    param = {name: torch.from_numpy(head.get_param(name)) for name in head.param_names}
    for name in ("b1", "b2"):  # torch's clusters have no bias
        param[name].zero_()
    with torch.no_grad():
        theirs.head.weight.copy_(param["W0"])
        theirs.head.bias.copy_(param["b0"])
        for i, tail in enumerate(theirs.tail, start=1):
            tail[0].weight.copy_(param[f"P{i}"])
            tail[1].weight.copy_(param[f"W{i}"])
        expected = -theirs(torch.from_numpy(states), torch.from_numpy(targets)).output.numpy()
    assert np.allclose(head_losses(head, states, targets), expected, atol=1e-5)


@pytest.mark.parametrize("options", [FULL, ADAPTIVE])
def test_gradients_match_finite_differences(options):
    head, states = _head(options), _states()
    rng = np.random.default_rng(2)
    targets = rng.integers(0, WORDS, len(states))
    weights = rng.uniform(0.5, 2, len(states)).astype("f")
    losses, d_states = head_gradient(head, states, targets, weights)
    assert np.allclose(losses, head_losses(head, states, targets), atol=1e-6)

    def loss():
        return float((head_losses(head, states, targets).astype("d") * weights).sum())

    checked = [(states, d_states)] + [(head.get_param(name), head.get_grad(name)) for name in head.param_names]
    for value, gradient in checked:
        for _ in range(3):
            direction = rng.normal(size=value.shape).astype("f")
            direction /= np.linalg.norm(direction)
            assert slope(loss, value, direction, 1e-2) == pytest.approx(float((gradient * direction).sum()), abs=5e-3)


@pytest.mark.parametrize("options", [FULL, ADAPTIVE])
def test_taking_rows_in_runs_changes_nothing(options, monkeypatch):
    states, targets = _states(), np.arange(20) % WORDS
    weights = np.ones(20, dtype="f")
    whole = _head(options)
    losses, d_states = head_gradient(whole, states, targets, weights)
    monkeypatch.setattr(lm_head, "_LOGITS_AT_ONCE", 30)
    parts = _head(options)
    again, d_again = head_gradient(parts, states, targets, weights)
    assert np.allclose(losses, again, atol=1e-5)
    assert np.allclose(d_states, d_again, atol=1e-5)
    for name in whole.param_names:
        assert np.allclose(whole.get_grad(name), parts.get_grad(name), atol=1e-5)


def test_clusters_that_a_batch_does_not_touch_get_no_gradient():
    head = _head(ADAPTIVE)
    head_gradient(head, _states(4), np.array([0, 1, 2, 5]), np.ones(4, dtype="f"))
    assert head.has_grad("W1")
    assert not head.has_grad("W2")
    assert head_losses(head, _states(0), np.zeros(0, dtype=np.int64)).shape == (0,)


@pytest.mark.parametrize("options", [FULL, ADAPTIVE])
def test_survives_bytes(options):
    head, states, targets = _head(options), _states(), np.arange(20) % WORDS
    loaded = make_lm_head().from_bytes(head.to_bytes())
    assert loaded.attrs["rows"] == head.attrs["rows"]
    assert np.array_equal(head_losses(loaded, states, targets), head_losses(head, states, targets))
