"""The lower layers of a transformer, kept as they were pretrained."""

from __future__ import annotations

from typing import Any

from ...errors import BionerError


def freeze_layers(network: Any, count: int) -> None:
    """Exclude the embeddings and the first ``count`` layers of a network from training; 0 excludes nothing.

    Nothing is propagated back through them, which saves count / (1.5 * layers) of the time of a training on a CPU. The
    lower layers change least in fine-tuning (Lee, Tang & Lin 2019, "What would Elsa do?").

    Raises B794 if the network has not more than ``count`` layers, or shares its weights between layers.
    """
    if not count:
        return
    layers = _layers(network)
    if len(layers) <= count:
        raise BionerError("B794", frozen=count, layers=len(layers), type=network.config.model_type)
    # Also weights that serve all layers, such as MPNet's relative positions: their gradient would go through the frozen
    # ones.
    network.requires_grad_(False)
    for part in (*layers[count:], getattr(network, "pooler", None)):
        if part is not None:
            part.requires_grad_(True)


def _layers(network: Any) -> list[Any]:
    """Return the layers of a network, in their order; none if it has no list of them."""
    from torch.nn import ModuleList

    depth = network.config.num_hidden_layers
    for module in network.modules():
        if isinstance(module, ModuleList) and len(module) == depth:
            return list(module)
    return []
