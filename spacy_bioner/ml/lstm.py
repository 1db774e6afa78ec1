"""The LSTM recurrence over packed sequences, forward and backward, both directions side by side.

Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000), as in torch.nn.LSTM:
    i, f, o = sigmoid(...), g = tanh(...), c' = f c + i g, h' = o tanh(c'); gates = W x + b + U h,
the rows of W, U and b in torch's order i, f, g, o.

The sequences are packed: sorted by length, longest first, and laid out step by step, so that step ``t`` reads the
``n_t`` sequences that are longer than ``t`` as one block of rows and nothing is padded:

    sequences     abc  de  f                step 0   step 1   step 2
    forward       rows  a d f | b e | c     a d f    b e      c         starts = 0, 3, 5, 6
    backward      rows  c e f | b d | a     c e f    b d      a         the same blocks

A sequence read backwards has the same block sizes, so both directions are computed together, step by step. The gradient
is written out: a step needs two products and five elementwise operations; autograd needs thirty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .matmul import add_bmm, matmul_t

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Packing:
    """The places of the tokens of ragged sequences in a packed array."""

    forward: NDArray[np.int64]  # (tokens,) the token at each packed position, sequences read from their first token
    backward: NDArray[np.int64]  # (tokens,) the same, sequences read from their last token
    starts: list[int]  # packed position at which each step begins, then the number of tokens
    previous: NDArray[np.int64]  # for the positions after step 0: packed position of the same sequence one step before


def pack(lengths: NDArray[np.int64]) -> Packing:
    """Plan the packing of consecutive sequences of these lengths; sequences of length 0 take no place."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    rank = np.empty_like(lengths)
    rank[np.argsort(-lengths, kind="stable")] = np.arange(len(lengths))
    first = np.repeat(ends - lengths, lengths)
    step = np.arange(total) - first
    order = np.lexsort((np.repeat(rank, lengths), step))
    sizes = np.bincount(step) if total else np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    backward = (first + np.repeat(ends, lengths) - 1 - np.arange(total))[order]
    previous = np.arange(total)[starts[1] :] - np.repeat(sizes[:-1], sizes[1:]) if total else order
    return Packing(order, backward, starts.tolist(), previous)


@dataclass
class Scan:
    """The values of the forward pass that the backward pass needs; the first axis is the direction."""

    gates: Tensor  # (directions, tokens, 4 * hidden): i, f, g, o after their nonlinearities
    cells: Tensor  # (directions, tokens, hidden)
    hidden: Tensor  # (directions, tokens, hidden), the output


def scan(gates: Tensor, U: Tensor, starts: list[int]) -> Scan:
    """Run the recurrence over packed input projections ``gates`` = W x + b (overwritten), weights U (D, 4H, H)."""
    import torch

    directions, tokens, width = gates.shape
    size = width // 4
    hidden = gates.new_empty(directions, tokens, size)
    cells = gates.new_empty(directions, tokens, size)
    tanh_cells = gates.new_empty(directions, starts[1] if tokens else 0, size)
    U_t = U.transpose(1, 2).contiguous()
    before = 0
    for start, end in pairwise(starts):
        block, cell, n = gates[:, start:end], cells[:, start:end], end - start
        if start:
            add_bmm(block, hidden[:, before : before + n], U_t)
        block[..., : 2 * size].sigmoid_()
        block[..., 2 * size : 3 * size].tanh_()
        block[..., 3 * size :].sigmoid_()
        i, f, g, o = block.view(directions, n, 4, size).unbind(2)
        torch.mul(i, g, out=cell)
        if start:
            cell.addcmul_(f, cells[:, before : before + n])
        torch.mul(o, torch.tanh(cell, out=tanh_cells[:, :n]), out=hidden[:, start:end])
        before = start
    return Scan(gates, cells, hidden)


def scan_backward(d_hidden: Tensor, done: Scan, U: Tensor, packing: Packing) -> tuple[Tensor, Tensor]:
    """Return the gradients of the packed input projections (D, tokens, 4H) and of U.

    ``d_hidden`` is the gradient of the output (D, tokens, H); it is overwritten.
    """
    import torch

    directions, tokens, size = d_hidden.shape
    starts = packing.starts
    first = starts[1] if tokens else 0
    previous = torch.from_numpy(packing.previous).to(U.device)
    i, f, g, o = done.gates.view(directions, tokens, 4, size).unbind(2)
    # Each gate's gradient is a product of two factors. The first depends on the forward pass only and is computed for
    # all steps at once; the loop multiplies it by d_c (for i, f, g) or d_h (for o), which depend on later steps:
    #
    #     d_c += o (1 - tanh(c')^2) * d_h
    #     d_o = tanh(c') o (1 - o) * d_h      d_i = g i (1 - i) * d_c
    #     d_f = c f (1 - f) * d_c             d_g = i (1 - g^2) * d_c
    #     for the step before: d_h += U^T d_gates, d_c *= f
    d_gates = torch.empty_like(done.gates)
    d_i, d_f, d_g, d_o = d_gates.view(directions, tokens, 4, size).unbind(2)
    tanh_cells = torch.tanh(done.cells)
    torch.mul(tanh_cells, o * (1 - o), out=d_o)
    torch.mul(g, i * (1 - i), out=d_i)
    d_f[:, :first] = 0
    torch.mul(done.cells.index_select(1, previous), (f * (1 - f))[:, first:], out=d_f[:, first:])
    torch.mul(i, 1 - g * g, out=d_g)
    to_cell = o * (1 - tanh_cells * tanh_cells)
    d_cells = d_hidden.new_zeros(directions, first, size)
    for step in range(len(starts) - 2, -1, -1):
        start, end = starts[step], starts[step + 1]
        n = end - start
        d_h = d_hidden[:, start:end]
        d_c = d_cells[:, :n].addcmul_(d_h, to_cell[:, start:end])
        block = d_gates[:, start:end].view(directions, n, 4, size)
        block[:, :, :3] *= d_c.unsqueeze(2)
        block[:, :, 3] *= d_h
        if step:
            before = starts[step - 1]
            add_bmm(d_hidden[:, before : before + n], d_gates[:, start:end], U)
            d_c *= f[:, start:end]
    d_U = torch.empty_like(U)
    for d in range(directions):
        h = done.hidden[d].index_select(0, previous)
        d_U[d] = matmul_t(d_gates[d, first:].t(), h.t())
    return d_gates, d_U


class LSTMGradients(NamedTuple):
    """Gradients of one layer: of its input and of its three parameters."""

    x: Tensor
    W: Tensor
    U: Tensor
    b: Tensor


def lstm_layer(
    x: Tensor, rows: Tensor, packing: Packing, W: Tensor, U: Tensor, b: Tensor, *, split: bool
) -> tuple[Tensor, Callable[[Tensor], LSTMGradients]]:
    """Run one layer over the tokens ``x[rows]``, both directions: (tokens, 2 * hidden), the forward half first.

    Each row of ``x`` is projected once, however many tokens share it. The first axis of ``W`` (2, 4H, inputs), ``U``
    (2, 4H, H) and ``b`` (2, 4H) is the direction. With ``split`` the forward direction reads the first half of the
    columns of ``x`` and the backward direction the second half; otherwise both read all columns.
    """
    import torch

    directions, width, inputs = W.shape
    orders = [torch.from_numpy(order).to(x.device) for order in (packing.forward, packing.backward)]
    sources = [rows.index_select(0, order) for order in orders]
    xs = x.split(inputs, dim=1) if split else [x] * directions
    gates = x.new_empty(directions, len(rows), width)
    for d in range(directions):
        torch.index_select(matmul_t(xs[d], W[d]), 0, sources[d], out=gates[d])
    gates += b.unsqueeze(1)
    done = scan(gates, U, packing.starts)
    y = x.new_empty(len(rows), directions, width // 4)
    for d in range(directions):
        y[:, d].index_copy_(0, orders[d], done.hidden[d])

    def backprop(d_y: Tensor) -> LSTMGradients:
        d_y = d_y.view(y.shape)
        d_hidden = torch.stack([d_y[:, d].index_select(0, orders[d]) for d in range(directions)])
        d_gates, d_U = scan_backward(d_hidden, done, U, packing)
        d_W = torch.empty_like(W)
        d_xs = []
        for d in range(directions):
            d_projected = x.new_zeros(len(x), width).index_add_(0, sources[d], d_gates[d])
            d_W[d] = matmul_t(d_projected.t(), xs[d].t())
            d_xs.append(matmul_t(d_projected, W[d].t()))
        d_x = torch.cat(d_xs, 1) if split else d_xs[0] + d_xs[1]
        return LSTMGradients(d_x, d_W, d_U, d_gates.sum(1))

    return y.flatten(1), backprop
