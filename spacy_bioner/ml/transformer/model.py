"""Token encoder: a pretrained transformer, such as BioBERT (Lee et al. 2019) or multilingual BERT.

A ``Model[list[Doc], list[Floats2d]]``, like any other tok2vec. Unlike that of spacy-transformers it truncates nothing
and saves no pickle, and there is little padding: sentences that fit are read once, and in batches of similar length.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from ...errors import BionerError
from ..check_settings import check_flag, check_whole
from ..sequences import sequence_lengths
from ..words import distinct_words
from .batches import groups_by_length, min_filled, padded_sizes
from .checkpoints import check_name, require_transformers
from .network import init, run_network
from .precision import MixedPrecision, Precision
from .shim import TransformerShim
from .windows import Windows, cut_windows

Pooling = Literal["first", "mean"]
Tok2Vec = Model[list[Doc], list[Floats2d]]

_NO_LIMIT = 1 << 60


def make_transformer(
    name: str,
    pooling: Pooling = "first",
    max_pieces: int = 192,
    overlap: int = 32,
    by_sentence: bool = True,
    mixed_precision: MixedPrecision = False,
    precision: Precision = "float32",
    max_batch_pieces: int = 4096,
    frozen_layers: int = 0,
) -> Tok2Vec:
    """Build ``spacy-bioner.Transformer.v1``: one row per token of each document.

    name: of a model on the hub, or the folder of a checkpoint; opened by ``initialize``, and not needed once the
        pipeline is saved.
    pooling: the vector of a token is that of its first word piece, as in BERT (Devlin et al. 2019, section 5.3) and
        BioBERT, or the mean of all its pieces.
    max_pieces: the most word pieces that are read at once, special ones included, limited by the network's own maximum.
        Longer sequences are read in windows that share at least ``overlap`` pieces, with one warning (B704); every
        token gets a vector. ``spacy bioner check --transformer`` counts these sequences.
    by_sentence: read sentence by sentence if sentence starts are set; else document by document.
    mixed_precision: torch's autocast to bfloat16, in training and prediction, for a GPU or a processor with bfloat16
        arithmetic; ``auto`` where the device has it (``precision.computes_bfloat16``), wherever the pipeline is loaded.
        The weights stay in 32 bits.
    precision: at prediction ``float32``, ``bfloat16`` or, on a CPU, ``int8``; for their effects see ``precision.py``
        and ``benchmarks/speed.md``. The vectors of the first batch are compared with those in 32 bits: a warning
        (B719) if they differ, an error (B775) if little is left of them. It can be set when a pipeline is loaded,
        as the sizes of windows and batches: ``spacy.load(path, config={...})``. Another ``pooling`` is refused (B586).
    max_batch_pieces: the most pieces, with padding, that go through the network at once.
    frozen_layers: the embeddings and so many of the first layers are not trained (``frozen_layers.freeze_layers``).

    Dropout inside the network is set by the checkpoint (``hidden_dropout_prob``). Raises B900 if ``transformers`` is
    not installed, B705 for an unknown pooling or precision, B706 if windows are too small; ``initialize`` raises what
    ``open_checkpoint`` raises.
    """
    for value, known in ((pooling, get_args(Pooling)), (precision, get_args(Precision))):
        if value not in known:
            raise BionerError("B705", value=value, known=", ".join(known))
    check_name("Transformer", name)
    check_whole("Transformer", max_pieces=max_pieces, max_batch_pieces=max_batch_pieces)
    check_whole("Transformer", least=0, frozen_layers=frozen_layers)
    check_flag("Transformer", by_sentence=by_sentence)
    check_flag("Transformer", also="auto", mixed_precision=mixed_precision)
    if type(overlap) is not int or overlap < 0 or max_pieces <= 2 * overlap + 2:
        raise BionerError("B706", most=max_pieces, overlap=overlap)
    require_transformers()
    return Model(
        "transformer",
        forward,
        init=init,
        dims={"nO": None},
        shims=[TransformerShim(mixed_precision, precision, frozen_layers=frozen_layers)],
        attrs={
            "name": name,
            "pooling": pooling,
            "max_pieces": max_pieces,
            "overlap": overlap,
            "by_sentence": by_sentence,
            "max_batch_pieces": max_batch_pieces,
        },
    )


def forward(
    model: Tok2Vec, docs: list[Doc], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], list[Doc]]]:
    """Return the rows of each document; the callback passes their gradients down to the network's parameters."""
    if not any(len(doc) for doc in docs):
        return [model.ops.alloc2f(0, model.get_dim("nO")) for _ in docs], lambda d_Ys: docs
    rows, backprop_network = run_network(model, is_train, lambda network: _encode(model, network, docs))

    def backprop(d_Ys: list[Floats2d]) -> list[Doc]:
        backprop_network(model.ops.flatten(d_Ys))
        return docs

    ends = np.cumsum([len(doc) for doc in docs]).tolist()
    return [rows[start:end] for start, end in pairwise([0, *ends])], backprop


def _encode(model: Tok2Vec, network: Any, docs: list[Doc]) -> Any:
    """Return a tensor, (tokens, width), in 32 bits."""
    import torch

    shim: Any = model.shims[0]
    words, rows = distinct_words(docs)
    of_words = shim.words.cut(words.texts)
    counts = of_words.counts[rows]
    starts = np.cumsum(counts) - counts
    ids = of_words.ids[_ranges((np.cumsum(of_words.counts) - of_words.counts)[rows], counts)]
    before, after = shim.words.before, shim.words.after
    most = min(model.attrs["max_pieces"], shim.longest) - len(before) - len(after)
    lengths = sequence_lengths(docs, model.attrs["by_sentence"], _NO_LIMIT)
    windows, too_long = cut_windows(counts, lengths, most, min(model.attrs["overlap"], (most - 1) // 2))
    if len(too_long):
        _warn_once(shim, too_long, len(lengths), most)

    # The outputs of all batches are concatenated to one matrix of rows; place[i] is the row of piece i of the text. A
    # piece that two windows read has the row of the window that owns it (see ``windows``).
    hidden, place, offset = [], np.empty(len(ids), dtype=np.int64), 0
    sizes = padded_sizes(shim, windows.end - windows.start + len(before) + len(after))
    for group in groups_by_length(sizes, model.attrs["max_batch_pieces"], min_filled(shim)):
        batch, mask = _pad(ids, windows, group, before, after, shim.words.pad, int(sizes[group].max()))
        inputs = {"input_ids": torch.from_numpy(batch).to(shim.device)}
        if not mask.all():
            inputs["attention_mask"] = torch.from_numpy(mask).to(shim.device)
        if network is not shim.network:
            shim.check_precision(inputs)
        output = network(**inputs).last_hidden_state
        hidden.append(output.reshape(-1, output.shape[-1]))
        owned = windows.last[group] - windows.first[group]
        first_place = np.arange(len(group)) * batch.shape[1] + len(before) + (windows.first - windows.start)[group]
        place[_ranges(windows.first[group], owned)] = offset + _ranges(first_place, owned)
        offset += batch.size
    pieces = torch.cat(hidden)
    if model.attrs["pooling"] == "first":
        return pieces[torch.from_numpy(place[starts]).to(shim.device)].float()
    token = torch.from_numpy(np.repeat(np.arange(len(counts)), counts)).to(shim.device)
    total = torch.zeros(len(counts), pieces.shape[1], device=shim.device)
    total = total.index_add(0, token, pieces[torch.from_numpy(place).to(shim.device)].float())
    return total / torch.from_numpy(counts).to(shim.device)[:, None]


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the concatenated ranges start, start + 1, ... of all pairs: ([3, 8], [2, 3]) -> [3, 4, 8, 9, 10]."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1]) + np.repeat(starts - (ends - counts), counts)


def _pad(
    ids: NDArray[np.int64],
    windows: Windows,
    group: NDArray[np.int64],
    before: list[int],
    after: list[int],
    pad: int,
    width: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pieces of some windows with special pieces, (windows, width), and a mask with 0 for padding."""
    sizes = windows.end[group] - windows.start[group]
    batch = np.full((len(group), width), pad, dtype=np.int64)
    batch[:, : len(before)] = before
    line = np.arange(len(group)) * width + len(before)  # the place of each window's first piece in the flat batch
    flat = batch.reshape(-1)
    flat[_ranges(line, sizes)] = ids[_ranges(windows.start[group], sizes)]
    for i, piece in enumerate(after):
        flat[line + sizes + i] = piece
    mask = np.arange(width) < (sizes + len(before) + len(after))[:, None]
    return batch, mask.astype(np.int64)


def _warn_once(shim: Any, too_long: NDArray[np.int64], sequences: int, most: int) -> None:
    if not shim.warned:
        shim.warned = True
        values = {"long": len(too_long), "sequences": sequences, "most": most, "longest": int(too_long.max())}
        warnings.warn(str(BionerError("B704", **values)), stacklevel=6)
