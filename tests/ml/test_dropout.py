import pytest
import torch

from spacy_bioner.ml.dropout import dropout_mask


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_drops_at_the_rate_and_keeps_the_mean(rate):
    torch.manual_seed(0)
    mask = dropout_mask(torch.empty(500, 401), rate)
    assert mask.shape == (500, 401)
    assert sorted(mask.unique().tolist()) == pytest.approx([0.0, 1 / (1 - rate)])
    assert mask.mean().item() == pytest.approx(1.0, abs=0.02)
    # No element depends on the one before it, nor on its place among the four that share 64 random bits.
    kept = (mask.flatten() > 0).float()
    assert (kept[1:] * kept[:-1]).mean().item() == pytest.approx((1 - rate) ** 2, abs=0.01)
    for place in range(4):
        assert kept[place::4].mean().item() == pytest.approx(1 - rate, abs=0.01)


def test_repeats_with_the_seed():
    torch.manual_seed(1)
    first = dropout_mask(torch.empty(9, 7), 0.5)
    assert not torch.equal(first, dropout_mask(torch.empty(9, 7), 0.5))
    torch.manual_seed(1)
    assert torch.equal(first, dropout_mask(torch.empty(9, 7), 0.5))


def test_a_rate_of_one_drops_everything():
    assert torch.equal(dropout_mask(torch.ones(3, 5), 1), torch.zeros(3, 5))
