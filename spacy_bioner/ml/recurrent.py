"""Recurrent stacks: a bidirectional LSTM, and two one-direction LSTMs concatenated at the top.

layer 2 reads     joined (BiLSTM)              independent (two-way LSTM)
forward           forward 1 and backward 1     forward 1
backward          forward 1 and backward 1     backward 1
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d

from .arrays import to_torch, to_xp
from .check_settings import check_choice, check_share, check_whole
from .dropout import dropout_mask
from .frozen import learns
from .lstm import lstm_layer, pack
from .lstm_init import DIRECTIONS, draw_lstm
from .packed_lstm import PackedLSTM, can_pack
from .sequences import TokenRows
from .torch_lstm import is_better, torch_lstm_layer
from .torch_setup import set_up_torch, without_autograd

if TYPE_CHECKING:
    from torch import Tensor


DropoutUnit = Literal["token", "word"]


def make_bilstm(
    hidden: int = 256, depth: int = 1, dropout: float = 0.0, dropout_unit: DropoutUnit = "token"
) -> Model[TokenRows, Floats2d]:
    """Build a stacked bidirectional LSTM (Graves & Schmidhuber, 2005).

    Each layer reads both directions of the layer below.

    Takes token vectors (distinct, nI) and returns (tokens, 2 * hidden), the forward half first. Parameters of layer
    ``l``: ``W{l}`` (2, 4 * hidden, inputs), ``U{l}`` (2, 4 * hidden, hidden) and ``b{l}`` (2, 4 * hidden), the gates
    in the order i, f, g, o, direction 0 forward.

    ``dropout`` applies elementwise to the input of every layer and to the output of the last; not at prediction. In
    spaCy ``[training] dropout`` sets it. With ``dropout_unit`` "token" each token has its own mask; with "word" all
    tokens of a word share the mask on the input, so that the bottom layer projects each word of a batch only once.
    """
    return _make("bilstm", hidden, depth, dropout, dropout_unit, joined=True)


def make_two_way_lstm(
    hidden: int = 256, depth: int = 1, dropout: float = 0.0, dropout_unit: DropoutUnit = "token"
) -> Model[TokenRows, Floats2d]:
    """Build two independent LSTM stacks, one reading forward and one backward, side by side in the output.

    For a bidirectional language model, in which no state may depend on the word that it predicts (Peters et al., 2017,
    section 3.2). Shapes, names and dropout are as in ``make_bilstm``, except that layers above the first read
    ``hidden`` inputs, those of their own direction. With one layer the two networks are the same, and weights of one
    can be used in the other.
    """
    return _make("two_way_lstm", hidden, depth, dropout, dropout_unit, joined=False)


def _make(
    name: str, hidden: int, depth: int, dropout: float, dropout_unit: DropoutUnit, *, joined: bool
) -> Model[TokenRows, Floats2d]:
    check_whole(name, hidden=hidden, depth=depth)
    check_share(name, below_one=True, dropout=dropout)
    check_choice(name, get_args(DropoutUnit), dropout_unit=dropout_unit)
    set_up_torch()
    return Model(
        name,
        forward,
        init=init,
        dims={"nI": None, "nO": DIRECTIONS * hidden},
        params={f"{kind}{layer}": None for layer in range(depth) for kind in "WUb"},
        attrs={
            "depth": depth,
            "joined": joined,
            "dropout_rate": dropout,
            "dropout_unit": dropout_unit,
            "packed": [PackedLSTM() for _ in range(depth)],
        },
    )


def init(model: Model[TokenRows, Floats2d], X: TokenRows | None = None, Y: Floats2d | None = None) -> None:
    """Draw the parameters of each layer, see ``draw_lstm``."""
    if X is not None:
        model.set_dim("nI", X.table.shape[1])
    hidden, inputs = model.get_dim("nO") // DIRECTIONS, model.get_dim("nI")
    for layer in range(model.attrs["depth"]):
        for name, value in draw_lstm(model.ops, inputs, hidden).items():
            model.set_param(f"{name}{layer}", value)
        inputs = DIRECTIONS * hidden if model.attrs["joined"] else hidden


@without_autograd
def forward(
    model: Model[TokenRows, Floats2d], X: TokenRows, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], TokenRows]]:
    """Run the stack over packed sequences; the callback returns the gradient of ``X.table``."""
    import torch

    rate = float(model.attrs["dropout_rate"] or 0.0) if is_train else 0.0
    learning = learns(model, is_train)
    table = to_torch(model.ops.as_contig(X.table))
    token_rows = torch.from_numpy(X.rows).to(table.device)
    if is_train:
        for packed in model.attrs["packed"]:
            packed.forget()
    elif _is_packed(model, X) and table.device.type == "cpu":
        return to_xp(_predict_one(model, table.index_select(0, token_rows))), _no_gradient
    identity = torch.arange(len(X.rows), device=table.device)
    packing = pack(X.lengths)
    layer_of = partial(torch_lstm_layer, is_train=is_train) if is_better(table, packing, is_train) else lstm_layer
    # If all tokens of a word have the same input, the bottom layer reads the table and projects each distinct word
    # once. Masks that differ by token make the inputs differ, so the rows are gathered first.
    gather = bool(rate) and model.attrs["dropout_unit"] == "token"
    y, rows = (table.index_select(0, token_rows), identity) if gather else (table, token_rows)
    masks, callbacks = [], []
    for layer in range(model.attrs["depth"]):
        W, U, b = (to_torch(model.get_param(f"{kind}{layer}")) for kind in "WUb")
        y, mask = _drop(y, rate)
        y, callback = layer_of(y, rows, packing, W, U, b, split=layer > 0 and not model.attrs["joined"])
        masks.append(mask)
        callbacks.append(callback)
        rows = identity
    y, top_mask = _drop(y, rate)

    def backprop(dY: Floats2d) -> TokenRows:
        d_y = _undrop(to_torch(model.ops.as_contig(dY)), top_mask)
        for layer in reversed(range(len(callbacks))):
            d_x, *d_params = callbacks[layer](d_y)
            for kind, gradient in zip("WUb", d_params if learning else (), strict=learning):
                model.inc_grad(f"{kind}{layer}", to_xp(gradient))
            d_y = _undrop(d_x, masks[layer])
        if gather:
            d_y = torch.zeros_like(table).index_add_(0, token_rows, d_y)
        return TokenRows(to_xp(d_y), X.rows, X.lengths)

    return to_xp(y), backprop


def _is_packed(model: Model[TokenRows, Floats2d], X: TokenRows) -> bool:
    """Return whether a prediction is of one sequence, by a stack that was loaded and not trained in this process."""
    learnt = any(packed.has_learnt for packed in model.attrs["packed"])
    return np.count_nonzero(X.lengths) == 1 and not learnt and can_pack()


def _predict_one(model: Model[TokenRows, Floats2d], x: Tensor) -> Tensor:
    """Return the output of the stack for one sequence of token vectors."""
    for layer, packed in enumerate(model.attrs["packed"]):
        W, U, b = (model.get_param(f"{kind}{layer}") for kind in "WUb")
        split = layer > 0 and not model.attrs["joined"]
        x = packed.states(x, W, U, b, split=split)
    return x


def _no_gradient(dY: Floats2d) -> TokenRows:
    raise NotImplementedError("a prediction has no gradient")


def _drop(x: Tensor, rate: float) -> tuple[Tensor, Tensor | None]:
    if not rate:
        return x, None
    mask = dropout_mask(x, rate)
    return x * mask, mask


def _undrop(d_x: Tensor, mask: Tensor | None) -> Tensor:
    return d_x if mask is None else d_x * mask
