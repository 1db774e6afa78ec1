"""Character BiLSTM over words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d

from .arrays import to_torch, to_xp
from .characters import PADDING, character_rows, init_characters, spell
from .check_settings import check_whole
from .frozen import learns
from .lstm import lstm_layer, pack
from .lstm_init import draw_lstm
from .named_rows import NamedRows
from .torch_lstm import is_better, torch_lstm_layer
from .torch_setup import set_up_torch, without_autograd
from .vocabulary import COUNTS, take_word_counts
from .words import Words


def make_char_bilstm(dim: int = 25, hidden: int = 25) -> Model[Words, Floats2d]:
    """Build a character BiLSTM: the final states of both directions, concatenated (Lample et al., 2016, section 4.1).

    dim: dimensions of the character vectors. The sizes are those of NeuroNER (Dernoncourt et al., 2017).

    Returns (words, 2 * hidden): the forward state after the last character, then the backward state after the first.

    Parameters: ``E`` (characters, dim), its rows named in ``attrs["rows"]``; ``W0``, ``U0`` and ``b0`` as in the
    recurrent stacks. The input projection is computed once per distinct character, not per occurrence.
    """
    check_whole("CharBiLSTM", dim=dim, hidden=hidden)
    set_up_torch()
    return Model(
        "char_bilstm",
        forward,
        init=init,
        dims={"nI": dim, "nO": 2 * hidden},
        params={"E": None, "W0": None, "U0": None, "b0": None},
        attrs={"rows": NamedRows(), COUNTS: {}},
    )


def init(model: Model[Words, Floats2d], X: Words | None = None, Y: Floats2d | None = None) -> None:
    """Name a row for each character of the training data; draw characters and the recurrent weights."""
    dim = model.get_dim("nI")
    model.attrs["rows"] = rows = character_rows(take_word_counts(model, X))
    model.set_param("E", init_characters(model.ops, len(rows), dim))
    for name, value in draw_lstm(model.ops, dim, model.get_dim("nO") // 2).items():
        model.set_param(f"{name}0", value)


@without_autograd
def forward(model: Model[Words, Floats2d], words: Words, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], None]]:
    """Compute the features of each word; the callback passes their gradient to the parameters."""
    import torch

    learning = learns(model, is_train)
    spelling, lengths = spell(words.texts, model.attrs["rows"])
    E, W, U, b = (to_torch(model.get_param(name)) for name in ("E", "W0", "U0", "b0"))
    packing = pack(lengths)
    layer_of = partial(torch_lstm_layer, is_train=is_train) if is_better(E, packing, is_train) else lstm_layer
    states, states_backprop = layer_of(E, torch.from_numpy(spelling).to(E.device), packing, W, U, b, split=False)
    hidden = states.shape[1] // 2
    # The state after reading a whole word: forward at its last character, backward at its first.
    ends = np.cumsum(lengths)
    first, last = (torch.from_numpy(at).to(E.device) for at in (ends - lengths, ends - 1))
    y = torch.cat([states[last, :hidden], states[first, hidden:]], dim=1)

    def backprop(dY: Floats2d) -> None:
        if not learning:
            return
        d_y = to_torch(model.ops.as_contig(dY))
        d_states = torch.zeros_like(states)
        d_states[last, :hidden] = d_y[:, :hidden]
        d_states[first, hidden:] = d_y[:, hidden:]
        gradients = states_backprop(d_states)
        gradients.x[PADDING] = 0
        for name, gradient in zip(("E", "W0", "U0", "b0"), gradients, strict=True):
            model.inc_grad(name, to_xp(gradient))

    return to_xp(y), backprop
