"""Sequences of word pieces through a transformer, those of like length together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import LEAST_FILLED, groups_alike


def run_alike(
    shim: Any, network: Any, pieces: Sequence[Sequence[int]], most: int, types: Sequence[Sequence[int]] | None = None
) -> Iterator[tuple[NDArray[np.int64], Any, NDArray[np.bool_]]]:
    """Yield the indices of the sequences of a batch, the network's output for them, and a mask without the padding.

    pieces: special ones included. most: maximum number of places in the network at once. types: the number of the text
    of each piece, if the network distinguishes several.
    """
    import torch

    sizes = np.array([len(ids) for ids in pieces], dtype=np.int64)
    filled = LEAST_FILLED.get(shim.device.type, 0.5)
    for group in groups_alike(sizes, most, filled):
        mask = np.arange(int(sizes[group].max())) < sizes[group][:, None]
        given = {"input_ids": _padded(pieces, group, mask, shim.words.pad)}
        if types is not None:
            given["token_type_ids"] = _padded(types, group, mask, 0)
        if not mask.all():
            given["attention_mask"] = mask.astype(np.int64)
        inputs = {name: torch.from_numpy(values).to(shim.device) for name, values in given.items()}
        # A converted network, of lower precision: see `TransformerShim.prove`.
        if network is not shim.network:
            shim.prove(inputs)
        yield group, network(**inputs), mask


def _padded(
    rows: Sequence[Sequence[int]], group: NDArray[np.int64], mask: NDArray[np.bool_], pad: int
) -> NDArray[np.int64]:
    batch = np.full(mask.shape, pad, dtype=np.int64)
    batch[mask] = np.concatenate([np.asarray(rows[i], dtype=np.int64) for i in group.tolist()])
    return batch
