"""Dropout masks, drawn from random bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def dropout_mask(like: Tensor, rate: float) -> Tensor:
    """Return a mask shaped as ``like``: 0 with probability ``rate``, else 1 / (1 - rate) (Srivastava et al., 2014).

    rate: from 0 to 1; 1 drops everything.

    Each element uses 16 random bits of torch's generator, so the rate is exact to 1 / 65,536. Drawing them as 64-bit
    integers takes a fiftieth of the time of ``bernoulli_`` on a CPU (0.5 against 24 ms for 1.4 million).
    """
    import torch

    if rate == 1:
        return torch.zeros_like(like)
    words = torch.empty((like.numel() + 3) // 4, dtype=torch.int64, device=like.device)
    bits = words.random_(-(2**63), None).view(torch.int16)[: like.numel()].view(like.shape)
    threshold = round(rate * 65536) - 32768  # the bits are signed: -32768 to 32767
    return (bits >= threshold).to(like.dtype) * (1.0 / (1.0 - rate))
