"""Pairs of mentions by a pretrained transformer, as BioBERT classifies relations (Lee et al. 2019, section 3.3).

text of the pair with marked mentions -> word pieces -> transformer -> first piece ([CLS]) -> tanh pooler, if the
checkpoint's architecture has one -> dropout -> linear

With ``pooling = "mentions"`` the linear layer reads the vectors of the first piece of the head and of the tail instead
(Baldini Soares et al. 2019, "entity start"; Zhou & Chen 2022, section 3.1).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from thinc.api import Dropout, Linear, Model, chain
from thinc.types import Floats2d

from ...errors import BionerError
from ..check_settings import check_choice, check_flag, check_share, check_whole
from ..transformer.batches import run_batches
from ..transformer.checkpoints import check_name, require_transformers
from ..transformer.network import open_network, run_rows
from ..transformer.precision import MixedPrecision, Precision
from ..transformer.shim import TransformerShim
from .marked_text import MarkedText, Range, Style, mark, window
from .pair import Pair, PairModel

Pooling = Literal["cls", "mentions"]


class _Pieces(NamedTuple):
    """The word pieces of a pair that are read, special ones included, and the numbers of two of them.

    head, tail: the first piece of each mention, or the first that is read.
    """

    ids: list[int]
    head: int
    tail: int


def make_pair_transformer(
    name: str,
    style: Style = "replace",
    pooling: Pooling = "cls",
    marks: dict[str, str] | None = None,
    max_pieces: int = 128,
    dropout: float = 0.1,
    mixed_precision: MixedPrecision = False,
    precision: Precision = "float32",
    max_batch_pieces: int = 4096,
    frozen_layers: int = 0,
) -> PairModel:
    """Build ``spacy-bioner.PairTransformer.v1``.

    name: of a model on the hub, or the folder of a checkpoint; opened by ``initialize``, and not needed once the
        pipeline is saved.
    style: how the two mentions are marked: see ``marked_text.mark``. marks: by type, for ``replace``.
    pooling: what the linear layer reads: ``cls``, the vector of the text; ``mentions``, those of the head and the tail.
    max_pieces: maximum word pieces of a pair, special ones included; of a longer text the pieces around the pair are
        read (``marked_text.window``), with one warning (B439).
    dropout: before the linear layer. Dropout inside the network is set by the checkpoint.
    mixed_precision, precision, max_batch_pieces, frozen_layers: as in ``spacy-bioner.Transformer.v1``.

    Raises B900 if ``transformers`` is not installed, B440 for an unknown style or pooling and B623 for other values;
    ``initialize`` raises what ``open_checkpoint`` raises.
    """
    if style not in get_args(Style):
        raise BionerError("B440", name="style", value=style, known=", ".join(get_args(Style)))
    if pooling not in get_args(Pooling):
        raise BionerError("B440", name="pooling", value=pooling, known=", ".join(get_args(Pooling)))
    check_name("PairTransformer", name)
    check_whole("PairTransformer", least=8, max_pieces=max_pieces)
    check_whole("PairTransformer", max_batch_pieces=max_batch_pieces)
    check_whole("PairTransformer", least=0, frozen_layers=frozen_layers)
    check_share("PairTransformer", below_one=True, dropout=dropout)
    check_flag("PairTransformer", also="auto", mixed_precision=mixed_precision)
    check_choice("PairTransformer", get_args(Precision), precision=precision)
    require_transformers()
    encoder: Model[list[Pair], Floats2d] = Model(
        "pair_encoder",
        forward,
        init=_init,
        dims={"nO": None},
        shims=[TransformerShim(mixed_precision, precision, pooler=pooling == "cls", frozen_layers=frozen_layers)],
        attrs={
            "name": name,
            "style": style,
            "pooling": pooling,
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
    return run_rows(model, pairs, is_train, lambda network: _encode(model, network, _pieces(model, pairs)))


def pieces_of(model: Model[list[Pair], Floats2d], pairs: Sequence[Pair]) -> list[list[int]]:
    """Return the word pieces of each pair that are read, special ones included."""
    return [pieces.ids for pieces in _pieces(model, pairs)]


def _init(model: Model[list[Pair], Floats2d], X: Any = None, Y: Any = None) -> None:
    model.set_dim("nO", open_network(model) * (1 if model.attrs["pooling"] == "cls" else 2), force=True)


def _pieces(model: Model[list[Pair], Floats2d], pairs: Sequence[Pair]) -> list[_Pieces]:
    shim: Any = model.shims[0]
    marks: Mapping[str, str] = model.attrs["marks"]
    texts = [mark(pair, model.attrs["style"], marks) for pair in pairs]
    before, after = shim.words.before, shim.words.after
    most = min(model.attrs["max_pieces"], shim.longest) - len(before) - len(after)
    result, long = [], []
    cut = shim.words.cut_texts([text.text for text in texts])
    for pair, text, (ids, offsets) in zip(pairs, texts, cut, strict=True):
        if len(ids) > most:
            long.append(len(ids))
        places = _places(text, offsets)
        runs = window(len(ids), *places, most)
        head, tail = (len(before) + _position(runs, start) for start, _ in places)
        if pair.tail < pair.head:
            head, tail = tail, head
        result.append(_Pieces([*before, *(piece for a, b in runs for piece in ids[a:b]), *after], head, tail))
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


def _position(runs: Sequence[Range], piece: int) -> int:
    """Return the place of a piece among those of the runs, or of the next piece that is read."""
    before = 0
    for start, end in runs:
        if piece < end:
            return before + max(piece - start, 0)
        before += end - start
    return before - 1


def _encode(model: Model[list[Pair], Floats2d], network: Any, pieces: Sequence[_Pieces]) -> Any:
    """Return a tensor, (pairs, width) or (pairs, 2 * width), in 32 bits."""
    import torch

    shim: Any = model.shims[0]
    vectors, order = [], []
    ids = [one.ids for one in pieces]
    ends = torch.tensor([(one.head, one.tail) for one in pieces], device=shim.device)
    for group, output, _ in run_batches(shim, network, ids, model.attrs["max_batch_pieces"]):
        states, pooled = output.last_hidden_state, getattr(output, "pooler_output", None)
        if model.attrs["pooling"] == "mentions":
            rows = torch.arange(len(group), device=shim.device)[:, None]
            pooled = states[rows, ends[torch.from_numpy(group).to(shim.device)]].flatten(1)
        vectors.append((states[:, 0] if pooled is None else pooled).float())
        order.append(group)
    # Batches hold pairs of similar length; here the rows return to the order of the pairs.
    places = np.argsort(np.concatenate(order), kind="stable")
    return torch.cat(vectors)[torch.from_numpy(places).to(shim.device)]
