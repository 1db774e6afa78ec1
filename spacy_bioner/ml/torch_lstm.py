"""torch's own LSTM with the parameters of ``lstm_layer``: cuDNN's on a GPU, oneDNN's for one sequence on a CPU.

The latter is for layers that ``packed_lstm`` cannot take: those trained in this process, and those over characters.

Both compute all time steps in one call. With a loop over the steps in Python, a GPU mostly waits for the next kernel,
and a single sentence on a CPU costs ten calls per token.
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
    """Return whether torch's LSTM is faster than ``scan``: on a GPU, and for one sequence at prediction.

    On a CPU, torch has no fused LSTM for sequences of several lengths, and its LSTM for training is slower.
    """
    return x.device.type != "cpu" or (not is_train and len(packing.starts) > 1 and packing.starts[1] == 1)


def torch_lstm_layer(
    x: Tensor, rows: Tensor, packing: Packing, W: Tensor, U: Tensor, b: Tensor, *, split: bool, is_train: bool
) -> tuple[Tensor, Callable[[Tensor], LSTMGradients]]:
    """Compute the same as ``lstm.lstm_layer``, with the same arguments; the gradient is computed by autograd.

    Without ``is_train`` no graph is kept, and the callback must not be called.
    """
    import torch

    if not len(rows):
        return lstm_layer(x, rows, packing, W, U, b, split=split)
    leaves = [tensor.detach().requires_grad_() for tensor in (x, W, U, b)] if is_train else [x, W, U, b]
    with torch.set_grad_enabled(is_train):
        if split:
            # Each direction reads its own half of the columns, so they are two LSTMs with one direction each.
            halves = leaves[0].chunk(2, dim=1)
            own = [[leaf[d : d + 1] for leaf in leaves[1:]] for d in range(2)]
            y = torch.cat([_run(halves[d], rows, packing, *own[d], backwards=d == 1) for d in range(2)], dim=1)
        else:
            y = _run(leaves[0], rows, packing, *leaves[1:])

    def backprop(d_y: Tensor) -> LSTMGradients:
        return LSTMGradients(*torch.autograd.grad([y], leaves, [d_y]))

    return y.detach(), backprop


def _run(
    x: Tensor, rows: Tensor, packing: Packing, W: Tensor, U: Tensor, b: Tensor, *, backwards: bool = False
) -> Tensor:
    """Return the states (tokens, directions * hidden) in the order of the tokens; axis 0 of W is the direction.

    A single direction reads each sequence from its last token if ``backwards``.
    """
    import torch

    directions, _, hidden = U.shape
    no_bias = b.new_zeros(b.shape[1])  # torch adds two biases, one of the input and one of the state
    each = zip(W.unbind(0), U.unbind(0), b.unbind(0), strict=True)
    weights = [tensor for w, u, bias in each for tensor in (w, u, bias, no_bias)]
    sequences = packing.starts[1]
    start = x.new_zeros(directions, sequences, hidden)
    options = (weights, True, 1, 0.0, torch.is_grad_enabled(), directions == 2)
    if sequences == 1:  # oneDNN's LSTM takes no packed sequences, and there is nothing to pack
        own = x.index_select(0, rows.flip(0) if backwards else rows)
        with one_thread if x.device.type == "cpu" else nullcontext():
            states = torch.lstm(own.unsqueeze(1), (start, start), *options, False)[0].squeeze(1)
        return states.flip(0) if backwards else states
    order = torch.from_numpy(packing.backward if backwards else packing.forward).to(x.device)
    sizes = torch.from_numpy(np.diff(packing.starts))
    packed = x.index_select(0, rows.index_select(0, order))
    states = torch.lstm(packed, sizes, (start, start), *options)[0]
    return torch.empty_like(states).index_copy(0, order, states)
