"""Networks of lower precision for prediction, and the similarity of their vectors to those in 32 bits."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

Precision = Literal["float32", "bfloat16", "int8"]
MixedPrecision = bool | Literal["auto"]
"""Whether to compute products in bfloat16; ``auto``: where the device has instructions for it."""

MIN_SIMILARITY = 0.95
"""Similarity below which there is a warning (B719); ``benchmarks/speed.md`` has similarities beside losses of F1."""

USELESS = 0.5
"""Similarity below which there is an error (B775): at 0.40 a tagger over MPNet found nothing."""

FEWEST_PIECES = 32
"""Of fewer different word pieces no similarity is computed: in a short text it depends on the special pieces most."""

_PIECES = 2_000
"""Similarity is measured on about this number of word pieces of an input."""

_EIGHT_BITS, _SEVEN_BITS = 127, 63
"""The largest number of a row in int8, and where sums of products would overflow (255 x 63 x 2 < 2^15)."""

_BLOCK = 256
"""Rows of inputs that are multiplied at once."""


_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""The instructions of processors, as torch names them: of x86, twice, and of ARM."""


@cache
def computes_bfloat16(device: str) -> bool:
    """Return whether a type of device, ``cpu`` or ``cuda``, has instructions for products in bfloat16.

    Without them a processor is several times slower than in 32 bits. Of a processor that an older torch does not tell
    of (``torch.cpu.get_capabilities``) the answer is no.
    """
    import torch

    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)() if device == "cpu" else {}
    return any(known.get(name, False) for name in _BFLOAT16)


def convert(network: Any, precision: Precision) -> Any:
    """Return a copy of a network for prediction in bfloat16 or int8.

    In int8 the linear layers are quantised, dynamically: the weights of each output have a scale of their own, and so
    has each row of inputs, that is each word piece (Yao et al. 2022, "ZeroQuant", section 4.1). In pretrained
    transformers a few inputs are a thousand times larger than most (Bondarenko et al. 2021, "Understanding and
    overcoming the challenges of efficient transformer quantization"), but in the rows of a few pieces only, such as
    [SEP]: with one scale for a whole batch, as in torch's own dynamic quantisation, all other rows would become 0.
    """
    import torch

    converted = copy.deepcopy(network)
    if precision == "bfloat16":
        return converted.to(torch.bfloat16)
    levels = _SEVEN_BITS if _overflows() else _EIGHT_BITS
    for layer in converted.modules():
        # A subclass may compute something else; torch's products are wrong for a single input (torch 2.13).
        if type(layer) is torch.nn.Linear and layer.in_features > 1:
            _quantise(layer, levels)
    return converted


def _quantise(layer: Any, levels: int) -> None:
    """Let a linear layer compute in int8 from now on; its weights in 32 bits are removed."""
    import torch

    weight, of_outputs = _round(layer.weight.detach(), levels)
    weight, of_outputs = weight.T, of_outputs[:, 0]  # (inputs, outputs), (outputs,)
    bias = torch.zeros_like(of_outputs) if layer.bias is None else layer.bias.detach()

    def forward(x: Any) -> Any:
        rows = x.reshape(-1, x.shape[-1])
        y = rows.new_empty(len(rows), len(bias))
        # In blocks, whose sums stay in the processor's cache: all at once takes half as long again.
        for start in range(0, len(rows), _BLOCK):
            block, of_rows = _round(rows[start : start + _BLOCK], _EIGHT_BITS)
            sums = torch._int_mm(block, weight)
            torch.addcmul(bias, sums * of_rows, of_outputs, out=y[start : start + _BLOCK])
        return y.view(*x.shape[:-1], len(bias))

    layer.forward, layer.weight = forward, None


def _round(rows: Any, levels: int) -> tuple[Any, Any]:
    """Return a matrix in int8 and the scale of each row, a column: the largest number of a row becomes ``levels``."""
    import torch

    smallest = torch.finfo(torch.float32).tiny  # for rows of zeros
    scales = (torch.linalg.vector_norm(rows, float("inf"), dim=1, keepdim=True) / levels).clamp_min_(smallest)
    return (rows / scales).round_().to(torch.int8), scales


def _overflows() -> bool:
    """Return whether this processor's sums of products of 8 bits overflow: then weights must have 7.

    Processors without VNNI or the like add two products in 16 bits.
    """
    import torch

    most = torch.full((32, 64), _EIGHT_BITS, dtype=torch.int8)
    return bool((torch._int_mm(most, most.T) != 64 * _EIGHT_BITS**2).any())


def different_pieces(inputs: dict[str, Any]) -> set[int]:
    """Return the ids of the word pieces of an input, without the padding."""
    ids = inputs["input_ids"]
    return set((ids[inputs["attention_mask"].bool()] if "attention_mask" in inputs else ids).flatten().tolist())


def similarity(network: Any, converted: Any, inputs: Iterable[dict[str, Any]]) -> float:
    """Return the similarity of the vectors of two networks for some inputs: their mean cosine, 1 if they are equal.

    The mean vector is subtracted first: in many networks all vectors lie within a narrow cone, in which even vectors of
    different words have a cosine of 0.9.
    """
    import torch

    vectors = []
    for each in inputs:
        rows = max(1, _PIECES // each["input_ids"].shape[1])
        some = {name: values[:rows] for name, values in each.items()}
        filled = some.get("attention_mask", torch.ones_like(some["input_ids"])).bool()
        with torch.no_grad():
            vectors.append([one(**some).last_hidden_state[filled].float() for one in (network, converted)])
    exact, other = map(torch.cat, zip(*vectors, strict=True))
    middle = exact.mean(dim=0)
    return float(torch.nn.functional.cosine_similarity(exact - middle, other - middle, dim=1).mean())
