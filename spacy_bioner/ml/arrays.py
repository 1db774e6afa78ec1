"""Arrays between numpy, thinc and torch, without a copy where they are on one device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thinc.api import Ops
from thinc.util import torch2xp, xp2torch

if TYPE_CHECKING:
    from torch import Tensor


def to_torch(array: Any) -> Tensor:
    """A numpy or cupy array as a tensor that shares its memory."""
    return xp2torch(array)


def to_xp(tensor: Tensor) -> Any:
    """A tensor as a numpy or cupy array that shares its memory."""
    return torch2xp(tensor)


def to_ops(ops: Ops, array: Any) -> Any:
    """A numpy array where the ops compute: itself, or a copy on the GPU."""
    return ops.asarray(array)
