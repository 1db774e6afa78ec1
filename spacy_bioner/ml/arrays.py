"""Arrays between numpy, thinc and torch, without a copy where they are on one device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from thinc.api import Ops
from thinc.util import torch2xp, xp2torch

if TYPE_CHECKING:
    from torch import Tensor


def to_torch(array: Any) -> Tensor:
    """Return a numpy or cupy array as a tensor that shares its memory."""
    import torch

    # thinc goes by DLPack, which takes ten times as long; for one sentence, that counts.
    return torch.from_numpy(array) if isinstance(array, np.ndarray) else xp2torch(array)


def to_xp(tensor: Tensor) -> Any:
    """Return a tensor as a numpy or cupy array that shares its memory."""
    return tensor.detach().numpy() if tensor.device.type == "cpu" else torch2xp(tensor)


def to_ops(ops: Ops, array: Any) -> Any:
    """Return a numpy array on the device of ``ops``: itself, or a copy on the GPU."""
    return ops.asarray(array)
