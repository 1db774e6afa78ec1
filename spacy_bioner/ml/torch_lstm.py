"""torch's own LSTM behind the parameters of ``lstm_layer``: cuDNN's on a GPU, oneDNN's for one sequence on a CPU.

Both run all time steps in one call. Where Python loops over them, a GPU waits for the next kernel most of the time, and
a single sentence on a CPU pays ten calls a token.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from .lstm import LSTMGradients, Packing, lstm_layer
from .torch_setup import one_thread

if TYPE_CHECKING:
    from torch import Tensor


def is_better(x: Tensor, packing: Packing, is_train: bool) -> bool:
    """Return whether torch's LSTM is the faster one: on a GPU, and for one sequence at prediction.

    On a CPU torch has no fused LSTM for sequences of several lengths, and one for training is slower than ``scan``.
    """
    return x.device.type != "cpu" or (not is_train and len(packing.starts) > 1 and packing.starts[1] == 1)


def torch_lstm_layer(
    x: Tensor, rows: Tensor, packing: Packing, W: Tensor, U: Tensor, b: Tensor, *, split: bool, is_train: bool
) -> tuple[Tensor, Callable[[Tensor], LSTMGradients]]:
    """Compute what ``lstm.lstm_layer`` computes, with the same arguments; the gradient is autograd's.

    Without ``is_train`` nothing is kept for the callback, which must not be called.
    """
    import torch

    if not len(rows):
        return lstm_layer(x, rows, packing, W, U, b, split=split)
    leaves = [tensor.detach().requires_grad_(is_train) for tensor in (x, W, U, b)]
    with torch.set_grad_enabled(is_train):
        if split:
            # Each direction reads its own half of the columns, so they are two LSTMs; the backward one reads each
            # sequence from its last token, which is another order of the rows.
            halves = leaves[0].chunk(2, dim=1)
            orders = packing.forward, packing.backward
            y = torch.cat(
                [
                    _run(halves[d], rows, order, packing, *(leaf[d : d + 1] for leaf in leaves[1:]))
                    for d, order in enumerate(orders)
                ],
                dim=1,
            )
        else:
            y = _run(leaves[0], rows, packing.forward, packing, *leaves[1:])

    def backprop(d_y: Tensor) -> LSTMGradients:
        return LSTMGradients(*torch.autograd.grad([y], leaves, [d_y]))

    return y.detach(), backprop


def _run(x: Tensor, rows: Tensor, order: np.ndarray, packing: Packing, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    """Return the states (tokens, directions * hidden) in the order of the tokens; axis 0 of W is the direction."""
    import torch

    order_at = torch.from_numpy(order).to(x.device)
    packed = x.index_select(0, rows.index_select(0, order_at))
    directions, _, hidden = U.shape
    no_bias = b.new_zeros(b.shape[1])  # torch has two biases, which it adds
    weights = [tensor for d in range(directions) for tensor in (W[d], U[d], b[d], no_bias)]
    sequences = packing.starts[1]
    start = x.new_zeros(directions, sequences, hidden)
    options = (weights, True, 1, 0.0, torch.is_grad_enabled(), directions == 2)
    if sequences == 1:  # oneDNN's LSTM takes no packed sequences
        with one_thread if x.device.type == "cpu" else nullcontext():
            states = torch.lstm(packed.unsqueeze(1), (start, start), *options, False)[0].squeeze(1)
    else:
        sizes = torch.from_numpy(np.diff(packing.starts))
        states = torch.lstm(packed, sizes, (start, start), *options)[0]
    return torch.empty_like(states).index_copy(0, order_at, states)
