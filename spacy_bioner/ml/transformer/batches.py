"""Batches of word-piece sequences of similar length, and the transformer's output for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import MIN_FILLED, groups_by_length


def run_batches(
    shim: Any, network: Any, pieces: Sequence[Sequence[int]], most: int, types: Sequence[Sequence[int]] | None = None
) -> Iterator[tuple[NDArray[np.int64], Any, NDArray[np.bool_]]]:
    """Yield the indices of the sequences of a batch, the network's output for them, and a mask without the padding.

    pieces: special ones included. most: maximum number of pieces, with padding, in the network at once. types: token
    type ids, if the network has them.
    """
    import torch

    sizes = np.array([len(ids) for ids in pieces], dtype=np.int64)
    filled = MIN_FILLED.get(shim.device.type, 0.5)
    for group in groups_by_length(sizes, most, filled):
        mask = np.arange(int(sizes[group].max())) < sizes[group][:, None]
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


def _padded(
    rows: Sequence[Sequence[int]], group: NDArray[np.int64], mask: NDArray[np.bool_], pad: int
) -> NDArray[np.int64]:
    batch = np.full(mask.shape, pad, dtype=np.int64)
    batch[mask] = np.concatenate([np.asarray(rows[i], dtype=np.int64) for i in group.tolist()])
    return batch
