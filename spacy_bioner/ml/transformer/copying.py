"""Weights from one transformer to another of the same kind and size: all of them or none.

Miftahutdinov et al. (2020) fine-tune one on a corpus, and that one on another corpus.
"""

from __future__ import annotations

import json
from typing import Any

from thinc.api import Model

from .shim import TransformerShim

_MEANING = ("model_type", "num_attention_heads", "hidden_act", "position_embedding_type")
"""Settings of a network by which tensors of the same names and shapes compute something else."""


def find_transformer(model: Model) -> Model | None:
    """Return the layer of a network that is a transformer of ours, None where it has none or that has no weights."""
    return next((node for node in model.walk() if is_transformer(node) and _shim(node).network is not None), None)


def is_transformer(layer: Model) -> bool:
    """Tell whether a layer is a transformer of ours."""
    return any(isinstance(shim, TransformerShim) for shim in layer.shims)


def number_of_tensors(layer: Model) -> int:
    """Return how many tensors the network of a transformer is made of."""
    return len(_shim(layer).network.state_dict())


def difference(source: Model, target: Model) -> str:
    """Return why the weights of one transformer mean nothing in another, "" where they fit.

    They fit where both have the same word pieces in the same rows, cut words by the same rules, and have tensors of the
    same names and shapes.
    """
    old, new = _shim(source), _shim(target)
    theirs, ours = (shim.words.tokenizer for shim in (old, new))
    pieces, rows = theirs.get_vocab(), ours.get_vocab()
    if pieces != rows:
        same = len(pieces.items() & rows.items())
        return f"the source has {len(pieces)} word pieces, the target {len(rows)}, {same} of them in the same rows"
    if _rules(theirs) != _rules(ours):
        return "the source's tokenizer cuts words by other rules than the target's (case, accents)"
    for name in _MEANING:
        values = [getattr(shim.network.config, name, None) for shim in (old, new)]
        if values[0] != values[1]:
            return f"{name} of the source is {values[0]}, that of the target {values[1]}"
    before, after = old.network.state_dict(), new.network.state_dict()
    for names, other, where in ((after, before, "source"), (before, after, "target")):
        absent = [name for name in names if name not in other]
        if absent:
            return f"{len(absent)} of {len(names)} tensors are not in the {where}, the first is {absent[0]}"
    for name, value in after.items():
        if before[name].shape != value.shape:
            return f"{name} of the source is {_size(before[name])}, that of the target {_size(value)}"
    return ""


def copy_weights(source: Model, target: Model) -> None:
    """Give a transformer the weights of another; ``difference`` of the two is empty."""
    _shim(target).take_weights(_shim(source).network.state_dict())


def _shim(layer: Model) -> Any:
    return next(shim for shim in layer.shims if isinstance(shim, TransformerShim))


def _rules(tokenizer: Any) -> tuple[Any, ...]:
    """Return how a tokenizer changes and splits a word before it looks up pieces, as far as it says."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        return (type(tokenizer).__name__, getattr(tokenizer, "do_lower_case", None))
    said = json.loads(fast.to_str())
    return said["normalizer"], said["pre_tokenizer"]


def _size(tensor: Any) -> str:
    return " x ".join(map(str, tensor.shape))
