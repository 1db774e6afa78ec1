"""Batches of word-piece sequences of similar length, and the transformer's output for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..matmul import round_up


def run_batches(
    shim: Any, network: Any, pieces: Sequence[Sequence[int]], most: int, types: Sequence[Sequence[int]] | None = None
) -> Iterator[tuple[NDArray[np.int64], Any, NDArray[np.bool_]]]:
    """Yield the indices of the sequences of a batch, the network's output for them, and a mask without the padding.

    pieces: special ones included. most: maximum number of pieces, with padding, in the network at once. types: token
    type ids, if the network has them.
    """
    import torch

    lengths = np.array([len(ids) for ids in pieces], dtype=np.int64)
    sizes = padded_sizes(shim, lengths)
    for group in groups_by_length(sizes, most, min_filled(shim)):
        mask = np.arange(int(sizes[group].max())) < lengths[group][:, None]
        given = {"input_ids": _padded(pieces, group, mask, shim.words.pad)}
        if types is not None:
            given["token_type_ids"] = _padded(types, group, mask, 0)
        if not mask.all():
            given["attention_mask"] = mask.astype(np.int64)
        inputs = {name: torch.from_numpy(values).to(shim.device) for name, values in given.items()}
        # A converted network, of lower precision: see `TransformerShim.check_precision`.
        if network is not shim.network:
            shim.check_precision(inputs)
        yield group, network(**inputs), mask


def min_filled(shim: Any) -> float:
    """Return the minimum length of a sequence, as a share of the longest in its batch.

    On a CPU padding is expensive, on a GPU each batch is. Where products are in bfloat16, each batch converts all
    weights: fewer batches with more padding take 7% less time to train MPNet.
    """
    if shim.device.type != "cpu":
        return 0.5
    return 0.8 if shim.autocast else 0.9


def padded_sizes(shim: Any, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the lengths to which sequences are padded, at least: in bfloat16 on a CPU one of few.

    There oneDNN compiles a kernel for each new shape of a product (see ``ml.matmul``): with few lengths, training on
    sentences takes 10% less time, and the kernels 300 MB less memory.
    """
    if shim.device.type != "cpu" or not (shim.autocast or shim.precision == "bfloat16"):
        return sizes
    return np.minimum([round_up(size) for size in sizes.tolist()], shim.longest).astype(np.int64)


def groups_by_length(sizes: NDArray[np.int64], most: int, filled: float) -> Iterator[NDArray[np.int64]]:
    """Yield batches of sequences of similar length, as arrays of their numbers, the longest first.

    A batch has at most ``most`` pieces with padding, or one sequence; each has at least the share ``filled`` of the
    length of the longest.
    """
    order = np.argsort(-sizes, kind="stable")
    falling = -sizes[order]
    start = 0
    while start < len(order):
        longest = -int(falling[start])
        alike = int(np.searchsorted(falling, -filled * longest, side="right"))
        end = min(alike, start + max(1, most // longest))
        yield order[start:end]
        start = end


def _padded(
    rows: Sequence[Sequence[int]], group: NDArray[np.int64], mask: NDArray[np.bool_], pad: int
) -> NDArray[np.int64]:
    batch = np.full(mask.shape, pad, dtype=np.int64)
    batch[mask] = np.concatenate([np.asarray(rows[i], dtype=np.int64) for i in group.tolist()])
    return batch
