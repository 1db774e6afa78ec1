"""Networks of lower precision for prediction, and how much their vectors differ from those in 32 bits."""

from __future__ import annotations

import copy
import warnings
from typing import Any, Literal

Precision = Literal["float32", "bfloat16", "int8"]

LEAST_LIKENESS = 0.95
"""Below this there is a warning (B719). On sentences of NCBI-disease, int8 as it is here gives 0.98 (MiniLM), 0.97
(multilingual E5 small, whose tagger loses 2.6 of 43.8 F1) and 0.91 (MPNet, 3.6 of 61.2); int8 of all layers 0.91, 0.88
(loses 9.8) and 0.40 (finds nothing); bfloat16 1.00."""

_PIECES = 2_000
"""Likeness is measured on about so many word pieces."""


def convert(network: Any, precision: Precision) -> Any:
    """Return a copy of a network for prediction in bfloat16 or int8.

    int8 is torch's dynamic quantisation: each output of a linear layer has a scale of its own for its weights, and all
    inputs of a layer in a batch share one, which is found as they come. The second layer of a feed-forward block stays
    in 32 bits: a few of its inputs are a thousand times larger than most (Bondarenko et al. 2021, "Understanding and
    overcoming the challenges of efficient transformer quantization"), so that with one scale most would become 0.
    """
    import torch

    if precision == "bfloat16":
        return copy.deepcopy(network).to(torch.bfloat16)
    scheme = torch.ao.quantization.per_channel_dynamic_qconfig
    inner = getattr(network.config, "intermediate_size", None)
    layers = {
        name: scheme
        for name, layer in network.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer.in_features != inner
    }
    with warnings.catch_warnings():  # of a move to another package, which nobody who asks for int8 can make
        warnings.filterwarnings("ignore", "(?s).*deprecated")
        return torch.ao.quantization.quantize_dynamic(network, layers, dtype=torch.qint8)


def likeness(network: Any, converted: Any, inputs: dict[str, Any]) -> float:
    """Return how like the vectors of two networks are: the mean cosine, 1 where they are the same.

    Of all vectors the mean is taken away first: in many a network they lie within a narrow cone, where even vectors of
    different words have a cosine of 0.9.
    """
    import torch

    ids = inputs["input_ids"]
    rows = max(1, _PIECES // ids.shape[1])
    some = {name: values[:rows] for name, values in inputs.items()}
    filled = some.get("attention_mask", torch.ones_like(some["input_ids"])).bool()
    with torch.no_grad():
        exact, other = (one(**some).last_hidden_state[filled].float() for one in (network, converted))
    middle = exact.mean(dim=0)
    return float(torch.nn.functional.cosine_similarity(exact - middle, other - middle, dim=1).mean())
