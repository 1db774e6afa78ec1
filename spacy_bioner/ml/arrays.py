"""Arrays between thinc and torch, without a copy and on whichever device they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thinc.util import torch2xp, xp2torch

if TYPE_CHECKING:
    from torch import Tensor


def to_torch(array: Any) -> Tensor:
    """A numpy or cupy array as a tensor that shares its memory."""
    return xp2torch(array)


def to_xp(tensor: Tensor) -> Any:
    """A tensor as a numpy or cupy array that shares its memory."""
    return torch2xp(tensor)
