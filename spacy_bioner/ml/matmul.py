"""Matrix products by the fastest available routine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .torch_setup import one_thread

if TYPE_CHECKING:
    from torch import Tensor

_SMALL = 1 << 22
"""Products with fewer multiplications are computed by torch's own routine, because oneDNN has an overhead of 45
microseconds and reorders the weights at each call; and on one thread, see ``OneThread``."""


def matmul_t(a: Tensor, b: Tensor) -> Tensor:
    """Return ``a @ b.T`` for float32 matrices (n, k) and (m, k), outside autograd.

    On a CPU it uses oneDNN if torch has it: MKL, which torch's own product calls, does not use AVX-512 on processors of
    other makers than Intel, and takes twice the time there (24 against 51 ms for 1,000 x 1,400 x 2,048 on one Zen 5
    core). On Intel processors the two are equal.
    """
    import torch

    if a.device.type != "cpu":
        return a @ b.t()
    if a.numel() * len(b) < _SMALL:
        with one_thread:
            return a @ b.t()
    if not _has_onednn():
        return a @ b.t()
    # oneDNN compiles a kernel for each new shape and keeps up to 1,024 of them, a megabyte each. Nearly every batch of
    # text has a length of its own, so the rows are padded to one of few numbers.
    rows = len(a)
    padding = round_up(rows) - rows
    if padding:
        a = torch.nn.functional.pad(a, (0, 0, 0, padding))
    return torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")[:rows]


def round_up(size: int) -> int:
    """Return the next of few sizes, eight of them between a power of two and the next: at most 1/8 larger."""
    step = 1 << max(0, size.bit_length() - 4)
    return -(-size // step) * step


def add_bmm(out: Tensor, a: Tensor, b: Tensor) -> None:
    """``out += a @ b``, in place, for float32 matrices (d, n, k) and (d, k, m), outside autograd.

    It is the step of a recurrence: few rows times the same weights at each step. For 1 row times 2 x 100 x 400, torch's
    own product takes 20 microseconds and oneDNN 106; for 24 rows times 2 x 200 x 800, 501 and 661 (AVX2).
    """
    if out.device.type != "cpu":
        out.baddbmm_(a, b)
    elif a[0].numel() * out.shape[2] < _SMALL:
        with one_thread:
            out.baddbmm_(a, b)
    elif _has_avx512() and _has_onednn():
        for d in range(len(out)):
            out[d] += matmul_t(a[d], b[d].t())
    else:
        out.baddbmm_(a, b)


@cache
def _has_avx512() -> bool:
    import torch

    return torch.backends.cpu.get_cpu_capability() == "AVX512"


@cache
def _has_onednn() -> bool:
    import torch

    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
