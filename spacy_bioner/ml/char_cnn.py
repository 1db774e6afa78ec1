"""Character convolution over words, computed as sums of table rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from thinc.api import Model, glorot_uniform_init
from thinc.types import Floats2d

from .arrays import to_torch, to_xp
from .characters import PADDING, character_rows, init_characters, spell
from .check_settings import check_whole
from .frozen import learns
from .lstm import pack
from .matmul import matmul_t
from .named_rows import NamedRows
from .torch_setup import set_up_torch, without_autograd
from .vocabulary import COUNTS, take_word_counts
from .words import Words

if TYPE_CHECKING:
    from torch import Tensor


def make_char_cnn(
    dim: int = 50, max_width: int = 7, filters_per_width: int = 50, max_filters: int = 200
) -> Model[Words, Floats2d]:
    """Build a character CNN with filters of several widths, max over time and tanh (Kim et al., 2016, section 2.2).

    dim: dimensions of the character vectors.
    max_width: the widest filter, in characters.
    For each width ``w`` from 1 on there are min(max_filters, filters_per_width * w) filters; 1,100 in all with the
    sizes of Sachan et al. (2018), which are the defaults. Returns one row per word, the
    filters in order of width. A filter of width ``w`` is centred on each character in turn, reaching (w - 1) // 2
    to the left and w // 2 to the right; beyond the word are zeros.

    Within a batch the weights are fixed, so the product of a character and one position of a filter is always the same.
    There are few distinct characters: the products of each with every filter position are computed once per batch, and
    the value of all filters at a position of a word is a sum of ``max_width`` rows of that table (an
    ``embedding_bag``):

        filters centred on the second character of "p53", max_width = 3
        table["p", place 0] + table["5", place 1] + table["3", place 2]

    Parameters: ``E`` (characters, dim), its rows named in ``attrs["rows"]`` and row 0, the padding, zero; for each
    width ``W{w}`` (filters, w, dim); ``b`` (all filters).
    """
    check_whole("CharCnn", dim=dim, max_width=max_width, filters_per_width=filters_per_width, max_filters=max_filters)
    set_up_torch()
    filters = [min(max_filters, filters_per_width * width) for width in range(1, max_width + 1)]
    return Model(
        "char_cnn",
        forward,
        init=init,
        dims={"nI": dim, "nO": sum(filters)},
        params={"E": None, **{f"W{width}": None for width in range(1, max_width + 1)}, "b": None},
        attrs={"rows": NamedRows(), "filters": filters, COUNTS: {}},
    )


def init(model: Model[Words, Floats2d], X: Words | None = None, Y: Floats2d | None = None) -> None:
    """Name a row for each character of the training data; draw characters and filters, set the biases to 0."""
    ops, dim = model.ops, model.get_dim("nI")
    model.attrs["rows"] = rows = character_rows(take_word_counts(model, X))
    model.set_param("E", init_characters(ops, len(rows), dim))
    for width, count in enumerate(model.attrs["filters"], start=1):
        model.set_param(f"W{width}", ops.reshape3f(glorot_uniform_init(ops, (count, width * dim)), count, width, dim))
    model.set_param("b", ops.alloc1f(model.get_dim("nO")))


@without_autograd
def forward(model: Model[Words, Floats2d], words: Words, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], None]]:
    """Compute the features of each word; the callback passes their gradient to the position of each maximum."""
    import torch

    max_width = len(model.attrs["filters"])
    learning = learns(model, is_train)
    spelling, lengths = spell(words.texts, model.attrs["rows"])
    # Only the characters that occur are multiplied: in a batch nearly all, in the new words of a sentence few.
    # The padding, which every window may hold, is the first of them.
    present, spelling = np.unique(np.append(PADDING, spelling), return_inverse=True)
    packing = pack(lengths)
    E_all, b = to_torch(model.get_param("E")), to_torch(model.get_param("b"))
    E = E_all.index_select(0, torch.from_numpy(present).to(E_all.device))
    Ws = [to_torch(model.get_param(f"W{width}")) for width in range(1, max_width + 1)]
    windows = _windows(spelling[1:], lengths, packing.forward, max_width)
    sums = torch.nn.functional.embedding_bag(torch.from_numpy(windows).to(E.device), _table(E, Ws), mode="sum")
    best, step = _max_over_time(sums, packing.starts, is_train)
    # The maxima come in the order of the first step: from the longest word to the shortest.
    word_at = np.repeat(np.arange(len(lengths)), lengths)[packing.forward[: len(lengths)]]
    order = torch.from_numpy(word_at).to(E.device)
    y = torch.empty_like(best).index_copy_(0, order, torch.tanh(best + b))

    def backprop(dY: Floats2d) -> None:
        if not learning:
            return
        d_best = (to_torch(model.ops.as_contig(dY)) * (1 - y * y)).index_select(0, order)
        model.inc_grad("b", to_xp(d_best.sum(0)))
        starts = torch.tensor(packing.starts[:-1], device=E.device)
        assert step is not None
        position = starts[step.long()] + torch.arange(len(best), device=E.device).unsqueeze(1)
        d_sums = torch.zeros_like(sums).scatter_(0, position, d_best)
        d_table = _sum_by_row(d_sums, windows, len(E) * max_width)
        d_E, d_Ws = _table_backward(d_table, E, Ws)
        d_E[PADDING] = 0
        model.inc_grad("E", to_xp(torch.zeros_like(E_all).index_copy_(0, torch.from_numpy(present).to(E.device), d_E)))
        for width, d_W in enumerate(d_Ws, start=1):
            model.inc_grad(f"W{width}", to_xp(d_W))

    return to_xp(y), backprop


def _windows(
    spelling: NDArray[np.int64], lengths: NDArray[np.int64], order: NDArray[np.int64], max_width: int
) -> NDArray[np.int64]:
    """Return the table rows that each character in ``order`` sees, left to right: (characters, max_width).

    The row of a character ``c`` at place ``k`` under the widest filter is ``c * max_width + k``.
    """
    # All words in one array, with zeros between them, so that windows are a single indexing operation:
    #
    #     max_width = 3, words "ab", "c"      padded  0 a b 0 c 0
    #     windows                             (0 a b) (a b 0) | (0 c 0)
    gap = max_width // 2  # zeros between words, enough to keep a filter from reaching two of them
    at = np.arange(len(spelling)) + gap * (1 + np.repeat(np.arange(len(lengths)), lengths))
    padded = np.full(len(spelling) + gap * (len(lengths) + 1), PADDING)
    padded[at] = spelling
    places = np.arange(max_width)
    return padded[at[order, None] + places - (max_width - 1) // 2] * max_width + places


def _blocks(Ws: Sequence[Tensor]) -> Iterator[tuple[Tensor, slice, slice]]:
    """Yield the filters of each width, their places under the widest filter, and their columns of the output."""
    first = 0
    for width, W in enumerate(Ws, start=1):
        left = (len(Ws) - 1) // 2 - (width - 1) // 2
        yield W, slice(left, left + width), slice(first, first + len(W))
        first += len(W)


def _table(E: Tensor, Ws: Sequence[Tensor]) -> Tensor:
    """Return the contribution of each character at each place to each filter, (characters * max_width, filters).

    It is 0 at places outside the filter.
    """
    import torch

    table = E.new_zeros(len(E), len(Ws), sum(len(W) for W in Ws))
    sizes = [len(W) * W.shape[1] for W in Ws]
    products = matmul_t(E, torch.cat([W.view(-1, E.shape[1]) for W in Ws])).split(sizes, dim=1)
    for (W, places, columns), product in zip(_blocks(Ws), products, strict=True):
        table[:, places, columns] = product.view(len(E), *W.shape[:2]).transpose(1, 2)
    return table.view(-1, table.shape[2])


def _table_backward(d_table: Tensor, E: Tensor, Ws: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    d_table = d_table.view(len(E), len(Ws), -1)
    d_E = E.new_zeros(E.shape)
    d_Ws = []
    for W, places, columns in _blocks(Ws):
        d_product = d_table[:, places, columns].transpose(1, 2).reshape(len(E), -1)
        d_Ws.append(matmul_t(d_product.t(), E.t()).view(W.shape))
        d_E += matmul_t(d_product, W.view(-1, E.shape[1]).t())
    return d_E, d_Ws


def _max_over_time(sums: Tensor, starts: list[int], is_train: bool) -> tuple[Tensor, Tensor | None]:
    """Return the maximum over the characters of each word, longest word first, and in training the step that has it.

    Of several steps that have it, it is the first.
    """
    import torch

    # Positions are packed (see ``lstm``): step t is a block with the t-th character of all words longer than t. These
    # are the first rows of ``best``, so one elementwise maximum per step serves all words.
    best = sums[: starts[1] if len(starts) > 1 else 0].clone()
    dtype = torch.uint8 if len(starts) <= 256 else torch.int32
    at = torch.zeros(best.shape, dtype=dtype, device=best.device) if is_train else None
    for step, (start, end) in enumerate(pairwise(starts[1:]), start=1):
        so_far, here = best[: end - start], sums[start:end]
        if at is not None:
            later = (here > so_far).to(dtype).mul_(step)  # the step where it is larger, else 0; steps only grow
            torch.maximum(at[: end - start], later, out=at[: end - start])
        torch.maximum(so_far, here, out=so_far)
    return best, at


def _sum_by_row(d_sums: Tensor, windows: NDArray[np.int64], rows: int) -> Tensor:
    """Return, for each table row, the sum of the gradients of all positions that read it: the transposed look-up."""
    import torch

    # A 16-bit key lets numpy sort by radix, ten times faster.
    seen = windows.ravel().astype(np.uint16 if rows < 2**16 else np.int64)
    by_row = np.argsort(seen, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(seen, minlength=rows))[:-1]])
    positions = torch.from_numpy(by_row // windows.shape[1]).to(d_sums.device)
    return torch.nn.functional.embedding_bag(positions, d_sums, torch.from_numpy(offsets).to(d_sums.device), mode="sum")
