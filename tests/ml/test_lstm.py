from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.ml.lstm import lstm_layer, pack
from spacy_bioner.ml.torch_lstm import torch_lstm_layer


@given(st.lists(st.integers(0, 9), max_size=8))
def test_packing_reads_each_sequence_in_both_directions(lengths):
    packing = pack(np.array(lengths, dtype=np.int64))
    ends = np.cumsum(lengths)
    by_length = sorted((n for n in lengths if n), reverse=True)
    steps = [sum(n > step for n in by_length) for step in range(max(lengths, default=0))]
    assert np.diff(packing.starts).tolist() == steps
    for order, direction in ((packing.forward, 1), (packing.backward, -1)):
        blocks = [order[a:b] for a, b in zip(packing.starts, packing.starts[1:], strict=False)]
        read = [[int(block[i]) for block in blocks if i < len(block)] for i in range(len(by_length))]
        expected = [list(range(end - n, end))[::direction] for end, n in zip(ends, lengths, strict=True) if n]
        assert sorted(read) == sorted(expected)
        assert [len(tokens) for tokens in read] == by_length
        for position, before in enumerate(packing.previous, start=packing.starts[1] if by_length else 0):
            assert order[before] == order[position] - direction


@pytest.mark.parametrize("lengths", [[3, 0, 9, 1, 4], [1], [5, 5], []])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("layer", [lstm_layer, partial(torch_lstm_layer, is_train=True)])
def test_equals_torch_lstm_in_outputs_and_gradients(lengths, split, layer):
    torch.manual_seed(0)
    hidden, inputs, rows = 5, 6, 11
    x = torch.randn(rows, inputs, requires_grad=True)
    index = torch.randint(0, rows, (sum(lengths),))
    nets = [torch.nn.LSTM(inputs // 2 if split else inputs, hidden) for _ in range(2)]

    pieces = [piece for piece in torch.split(x[index], lengths) if len(piece)]
    halves = [[p[:, : inputs // 2], p[:, inputs // 2 :]] if split else [p, p] for p in pieces]
    expected = [torch.cat([nets[0](f)[0], nets[1](b.flip(0))[0].flip(0)], 1) for f, b in halves]

    W, U, b = (torch.stack([_ours(net, kind) for net in nets]) for kind in ("weight_ih", "weight_hh", "bias"))
    y, backprop = layer(x.detach(), index, pack(np.array(lengths, dtype=np.int64)), W, U, b, split=split)
    assert y.shape == (sum(lengths), 2 * hidden)
    d_y = torch.randn(y.shape)
    gradients = backprop(d_y.clone())
    if not pieces:
        assert not any(gradient.any() for gradient in gradients)
        return
    assert torch.allclose(y, torch.cat(expected), atol=1e-6)
    torch.cat(expected).backward(d_y)
    assert torch.allclose(gradients.x, x.grad, atol=1e-5)
    for direction, net in enumerate(nets):
        assert torch.allclose(gradients.W[direction], net.weight_ih_l0.grad, atol=1e-5)
        assert torch.allclose(gradients.U[direction], net.weight_hh_l0.grad, atol=1e-5)
        assert torch.allclose(gradients.b[direction], net.bias_ih_l0.grad, atol=1e-5)


def _ours(net: torch.nn.LSTM, kind: str) -> torch.Tensor:
    value = net.bias_ih_l0 + net.bias_hh_l0 if kind == "bias" else getattr(net, f"{kind}_l0")
    return value.detach()
