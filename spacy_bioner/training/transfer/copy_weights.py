"""Copying all weights from one transformer to another of the same architecture and size.

Miftahutdinov et al. (2020) fine-tune a transformer on one corpus and then on another.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from thinc.api import Model

from ...ml.transformer.shim import TransformerShim

_MEANING = ("model_type", "num_attention_heads", "hidden_act", "position_embedding_type")
"""Settings of a network that change what tensors of the same names and shapes compute."""


def find_transformer(layers: Iterable[Model]) -> Model | None:
    """Return the first layer that is a transformer with weights, or None."""
    return next((layer for layer in layers if is_transformer(layer) and _network(layer) is not None), None)


def is_transformer(layer: Model) -> bool:
    """Return whether a layer is a transformer of this package, or a shared one of spacy-transformers."""
    return _shim(layer) is not None


def number_of_tensors(layer: Model) -> int:
    """Return the number of tensors in the network of a transformer."""
    return len(_weights(layer))


def difference(source: Model, target: Model) -> str:
    """Return the reason why the weights of one transformer do not fit another; "" if they fit.

    They fit if both have the same word pieces in the same rows, cut words by the same rules, and have tensors with the
    same names and shapes.
    """
    tokenizers = _tokenizer(source), _tokenizer(target)
    old, new = (tokenizer.get_vocab() for tokenizer in tokenizers)
    if old != new:
        same = len(old.items() & new.items())
        return f"the source has {len(old)} word pieces, the target {len(new)}, {same} of them in the same rows"
    if _rules(tokenizers[0]) != _rules(tokenizers[1]):
        return "the source's tokenizer cuts words by other rules than the target's (case, accents)"
    for name in _MEANING:
        values = [getattr(_network(layer).config, name, None) for layer in (source, target)]
        if values[0] != values[1]:
            return f"{name} of the source is {values[0]}, that of the target {values[1]}"
    before, after = _weights(source), _weights(target)
    for names, other, where in ((after, before, "source"), (before, after, "target")):
        absent = [name for name in names if name not in other]
        if absent:
            return f"{len(absent)} of {len(names)} tensors are not in the {where}, the first is {absent[0]}"
    for name, value in after.items():
        if before[name].shape != value.shape:
            return f"{name} of the source is {_size(before[name])}, that of the target {_size(value)}"
    return ""


def copy_weights(source: Model, target: Model) -> None:
    """Copy the weights of a transformer into another; ``difference`` of the two must be empty."""
    shim = _shim(target)
    if isinstance(shim, TransformerShim):
        shim.take_weights(_weights(source))
    else:
        shim._model.load_state_dict(_weights(source), strict=False)  # all but the pooler


def _shim(layer: Model) -> Any:
    """Return the shim of a transformer layer, None for other layers."""
    spacy_transformers = sys.modules.get("spacy_transformers.layers.hf_shim")  # not imported: no such layer exists
    kinds = (TransformerShim, spacy_transformers.HFShim) if spacy_transformers else TransformerShim
    return next((shim for shim in layer.shims if isinstance(shim, kinds)), None)


def _network(layer: Model) -> Any:
    return _shim(layer)._model


def _tokenizer(layer: Model) -> Any:
    shim = _shim(layer)
    holder: Any = shim.words if isinstance(shim, TransformerShim) else shim._hfmodel
    return holder.tokenizer


def _weights(layer: Model) -> dict[str, Any]:
    """Return the tensors of a network without its pooler, which no tagger reads and this package's networks lack."""
    return {name: value for name, value in _network(layer).state_dict().items() if not name.startswith("pooler.")}


def _rules(tokenizer: Any) -> tuple[Any, ...]:
    """Return the rules by which a tokenizer normalises and splits words before it looks up pieces, as far as known."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        return (type(tokenizer).__name__, getattr(tokenizer, "do_lower_case", None))
    rules = json.loads(fast.to_str())
    return rules["normalizer"], rules["pre_tokenizer"]


def _size(tensor: Any) -> str:
    return " x ".join(map(str, tensor.shape))
