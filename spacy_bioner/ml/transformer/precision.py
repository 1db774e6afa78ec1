"""Networks of lower precision for prediction, and the similarity of their vectors to those in 32 bits."""

from __future__ import annotations

import copy
import warnings
from typing import Any, Literal

Precision = Literal["float32", "bfloat16", "int8"]

MIN_SIMILARITY = 0.95
"""Similarity below which there is a warning (B719). On sentences of NCBI-disease, int8 as implemented here has 0.98
(MiniLM), 0.97 (multilingual E5 small, whose tagger loses 2.6 of 43.8 F1) and 0.91 (MPNet, 3.6 of 61.2); int8 of all
layers has 0.91, 0.88 (loses 9.8) and 0.40 (finds nothing); bfloat16 has 1.00."""

_PIECES = 2_000
"""Similarity is measured on about this number of word pieces."""


def convert(network: Any, precision: Precision) -> Any:
    """Return a copy of a network for prediction in bfloat16 or int8.

    int8 is torch's dynamic quantisation: the weights of each output of a linear layer have a scale of their own, and
    all inputs of a layer in a batch share one scale, which is computed from the batch. The second layer of a
    feed-forward block stays in 32 bits: a few of its inputs are a thousand times larger than most (Bondarenko et al.
    2021, "Understanding and overcoming the challenges of efficient transformer quantization"), so that with one scale
    most would become 0.
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
    with warnings.catch_warnings():  # a deprecation in favour of another package, which users cannot act on
        warnings.filterwarnings("ignore", "(?s).*deprecated")
        return torch.ao.quantization.quantize_dynamic(network, layers, dtype=torch.qint8)


def similarity(network: Any, converted: Any, inputs: dict[str, Any]) -> float:
    """Return the similarity of the vectors of two networks: their mean cosine, 1 if they are equal.

    The mean vector is subtracted first: in many networks all vectors lie within a narrow cone, in which even vectors of
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
