"""Pairs of mentions by a pretrained transformer, as BioBERT classifies relations (Lee et al. 2019, section 3.3).

text of the pair with marked mentions -> word pieces -> transformer -> first piece ([CLS]) -> tanh pooler, if the
checkpoint's architecture has one -> dropout -> linear
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import numpy as np
from thinc.api import Dropout, Linear, Model, chain
from thinc.types import Floats2d

from ...errors import BionerError
from ..check_settings import check_share, check_whole
from ..transformer.batches import run_batches
from ..transformer.checkpoints import require_transformers
from ..transformer.network import init, run_rows
from ..transformer.precision import Precision
from ..transformer.shim import TransformerShim
from .marked_text import MarkedText, Range, Style, mark, window
from .pair import Pair, PairModel


def make_pair_transformer(
    name: str,
    style: Style = "replace",
    marks: dict[str, str] | None = None,
    max_pieces: int = 128,
    dropout: float = 0.1,
    mixed_precision: bool = False,
    precision: Precision = "float32",
    max_batch_pieces: int = 4096,
) -> PairModel:
    """Build ``spacy-bioner.PairTransformer.v1``.

    name: of a model on the hub, or the folder of a checkpoint; opened by ``initialize``, and not needed once the
        pipeline is saved.
    style: how the two mentions are marked: see ``marked_text.mark``. marks: by type, for ``replace``.
    max_pieces: maximum word pieces of a pair, special ones included; of a longer text the pieces around the pair are
        read (``marked_text.window``), with one warning (B439).
    dropout: before the linear layer. Dropout inside the network is set by the checkpoint.
    mixed_precision, precision, max_batch_pieces: as in ``spacy-bioner.Transformer.v1``.

    Raises B900 if ``transformers`` is not installed and B440 for an unknown style; ``initialize`` raises what
    ``open_checkpoint`` raises.
    """
    if style not in get_args(Style):
        raise BionerError("B440", style=style, known=", ".join(get_args(Style)))
    check_whole("PairTransformer", least=8, max_pieces=max_pieces)
    check_whole("PairTransformer", max_batch_pieces=max_batch_pieces)
    check_share("PairTransformer", below_one=True, dropout=dropout)
    require_transformers()
    encoder: Model[list[Pair], Floats2d] = Model(
        "pair_encoder",
        forward,
        init=init,
        dims={"nO": None},
        shims=[TransformerShim(mixed_precision, precision, pooler=True)],
        attrs={
            "name": name,
            "style": style,
            "marks": dict(marks or {}),
            "max_pieces": max_pieces,
            "max_batch_pieces": max_batch_pieces,
        },
    )
    output: Model[Floats2d, Floats2d] = Linear()
    model: PairModel = chain(encoder, Dropout(dropout), output)
    model.set_ref("encoder", encoder)
    model.set_ref("output", output)
    return model


def forward(
    model: Model[list[Pair], Floats2d], pairs: list[Pair], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], list[Pair]]]:
    """Return one vector per pair; the callback passes the gradient down to the network's parameters."""
    return run_rows(model, pairs, is_train, lambda network: _encode(model, network, pieces_of(model, pairs)))


def pieces_of(model: Model[list[Pair], Floats2d], pairs: Sequence[Pair]) -> list[list[int]]:
    """Return the word pieces of each pair that are read, special ones included."""
    shim: Any = model.shims[0]
    marks: Mapping[str, str] = model.attrs["marks"]
    texts = [mark(pair, model.attrs["style"], marks) for pair in pairs]
    before, after = shim.words.before, shim.words.after
    most = min(model.attrs["max_pieces"], shim.longest) - len(before) - len(after)
    result, long = [], []
    for text, (ids, offsets) in zip(texts, shim.words.cut_texts([text.text for text in texts]), strict=True):
        if len(ids) > most:
            long.append(len(ids))
            runs = window(len(ids), *_places(text, offsets), most)
            ids = [piece for start, end in runs for piece in ids[start:end]]
        result.append([*before, *ids, *after])
    if long and not shim.warned:
        shim.warned = True
        values = {"long": len(long), "pairs": len(pairs), "most": most, "longest": max(long)}
        warnings.warn(str(BionerError("B439", **values)), stacklevel=4)
    return result


def _places(text: MarkedText, offsets: Sequence[Range]) -> tuple[Range, Range]:
    """Return the range of pieces of each mention, found by its characters."""
    starts, ends = np.array(offsets, dtype=np.int64).T
    first, second = (
        (int(np.searchsorted(ends, low, side="right")), int(np.searchsorted(starts, high, side="left")))
        for low, high in (text.first, text.second)
    )
    return first, second


def _encode(model: Model[list[Pair], Floats2d], network: Any, pieces: Sequence[Sequence[int]]) -> Any:
    """Return a tensor, (pairs, width), in 32 bits."""
    import torch

    shim: Any = model.shims[0]
    vectors, order = [], []
    for group, output, _ in run_batches(shim, network, pieces, model.attrs["max_batch_pieces"]):
        pooled = getattr(output, "pooler_output", None)
        vectors.append((output.last_hidden_state[:, 0] if pooled is None else pooled).float())
        order.append(group)
    # Batches hold pairs of similar length; here the rows return to the order of the pairs.
    places = np.argsort(np.concatenate(order), kind="stable")
    return torch.cat(vectors)[torch.from_numpy(places).to(shim.device)]
