"""Vectors of names by a pretrained transformer, such as SapBERT (Liu et al. 2021): one row for each name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d

from ..check_settings import check_choice, check_whole
from .batches import run_batches
from .checkpoints import check_name, require_transformers
from .network import init, run_rows
from .precision import Precision
from .shim import TransformerShim

NamePooling = Literal["first", "mean"]
NameModel = Model[list[str], Floats2d]


def make_name_transformer(
    name: str,
    pooling: NamePooling = "first",
    max_pieces: int = 48,
    precision: Precision = "float32",
    max_batch_pieces: int = 4096,
) -> NameModel:
    """Build ``spacy-bioner.NameTransformer.v1``: one row per text.

    name: of a model on the hub, or the folder of a checkpoint; not needed once the pipeline is saved.
    pooling: the vector of a name is that of its first piece ([CLS], as in SapBERT), or the mean of all its pieces, as
        in sentence encoders.
    max_pieces: the most word pieces of a name that are read, special ones included; the rest of it is left out.
    precision, max_batch_pieces: as in ``spacy-bioner.Transformer.v1``.

    Raises B900 if ``transformers`` is not installed and B623 for other values; ``initialize`` raises what
    ``open_checkpoint`` raises.
    """
    check_name("NameTransformer", name)
    check_choice("NameTransformer", get_args(NamePooling), pooling=pooling)
    check_choice("NameTransformer", get_args(Precision), precision=precision)
    check_whole("NameTransformer", least=8, max_pieces=max_pieces)
    check_whole("NameTransformer", max_batch_pieces=max_batch_pieces)
    require_transformers()
    return Model(
        "name_transformer",
        forward,
        init=init,
        dims={"nO": None},
        shims=[TransformerShim(precision=precision)],
        attrs={"name": name, "pooling": pooling, "max_pieces": max_pieces, "max_batch_pieces": max_batch_pieces},
    )


def forward(model: NameModel, texts: list[str], is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], list[str]]]:
    """Return rows (texts, width); the callback passes their gradient down to the network's parameters."""
    return run_rows(model, texts, is_train, lambda network: _encode(model, network, texts))


def _encode(model: NameModel, network: Any, texts: list[str]) -> Any:
    """Return a tensor, (texts, width), in 32 bits."""
    import torch

    shim: Any = model.shims[0]
    before, after = shim.words.before, shim.words.after
    room = min(model.attrs["max_pieces"], shim.longest) - len(before) - len(after)
    pieces = [[*before, *ids[:room], *after] for ids, _ in shim.words.cut_texts(texts)]
    order, rows = [], []
    for group, output, mask in run_batches(shim, network, pieces, model.attrs["max_batch_pieces"]):
        hidden = output.last_hidden_state.float()
        if model.attrs["pooling"] == "first":
            rows.append(hidden[:, 0])
        else:
            filled = torch.from_numpy(mask).to(shim.device)[..., None].float()
            rows.append((hidden * filled).sum(dim=1) / filled.sum(dim=1))
        order.append(group)
    places = np.argsort(np.concatenate(order))
    return torch.cat(rows)[torch.from_numpy(places).to(shim.device)]
