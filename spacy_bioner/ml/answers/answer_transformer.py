"""Scores of the starts and ends of answers by a pretrained transformer, as in BioBERT (Lee et al. 2019, section 3.3).

window of question and context -> word pieces -> transformer -> linear: each piece gets a start and an end score
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, get_args

import numpy as np
from thinc.api import Linear, Model, chain
from thinc.types import Floats2d

from ...errors import BionerError
from ..check_settings import check_choice, check_flag, check_whole
from ..transformer.batches import run_batches
from ..transformer.checkpoints import check_name, require_transformers
from ..transformer.network import init, run_rows
from ..transformer.precision import MixedPrecision, Precision
from ..transformer.shim import TransformerShim
from .windows import Cut, Passage, Window, cut_passages

AnswerModel = Model[list[Window], Floats2d]
"""Returns rows (pieces of all windows, 2): unnormalised scores of start and end."""

MIN_CONTEXT = 8
"""Pieces of the context for which a window must have room, besides the longest question."""


def make_answer_transformer(
    name: str,
    max_pieces: int = 384,
    max_question: int = 64,
    stride: int = 128,
    mixed_precision: MixedPrecision = False,
    precision: Precision = "float32",
    max_batch_pieces: int = 4096,
    frozen_layers: int = 0,
) -> AnswerModel:
    """Build ``spacy-bioner.AnswerTransformer.v1``.

    name: of a model on the hub, or the folder of a checkpoint; opened by ``initialize``, and not needed once the
        pipeline is saved.
    max_pieces: maximum word pieces of a window, special ones included; never more than the network can read.
    max_question: maximum pieces of a question; the end of a longer one is cut off, with one warning (B632).
    stride: pieces of the context from the start of one window to that of the next.
    mixed_precision: as in ``spacy-bioner.Transformer.v1``.
    precision, max_batch_pieces, frozen_layers: as in ``spacy-bioner.Transformer.v1``.

    Raises B900 if ``transformers`` is not installed, B623 for invalid settings, B631 for windows without room for
    a context; ``initialize`` raises what ``open_checkpoint`` raises.
    """
    check_name("AnswerTransformer", name)
    check_whole("AnswerTransformer", max_pieces=max_pieces, max_question=max_question, stride=stride)
    check_whole("AnswerTransformer", max_batch_pieces=max_batch_pieces)
    check_whole("AnswerTransformer", least=0, frozen_layers=frozen_layers)
    check_flag("AnswerTransformer", also="auto", mixed_precision=mixed_precision)
    check_choice("AnswerTransformer", get_args(Precision), precision=precision)
    if max_pieces < max_question + MIN_CONTEXT:
        raise BionerError("B631", max_pieces=max_pieces, max_question=max_question, least=MIN_CONTEXT)
    require_transformers()
    encoder: AnswerModel = Model(
        "answer_encoder",
        forward,
        init=init,
        dims={"nO": None},
        shims=[TransformerShim(mixed_precision, precision, frozen_layers=frozen_layers)],
        attrs={
            "name": name,
            "max_pieces": max_pieces,
            "max_question": max_question,
            "stride": stride,
            "max_batch_pieces": max_batch_pieces,
        },
    )
    output: Model[Floats2d, Floats2d] = Linear(nO=2)
    model: AnswerModel = chain(encoder, output)
    model.set_ref("encoder", encoder)
    model.set_ref("output", output)
    return model


def open_network(model: AnswerModel) -> None:
    """Initialise a model without example windows: they need its tokenizer, which is opened here."""
    encoder, output = model.get_ref("encoder"), model.get_ref("output")
    encoder.initialize()
    output.set_dim("nI", encoder.get_dim("nO"), force=True)
    model.initialize()


def cut(model: AnswerModel, passages: Sequence[Passage]) -> Cut:
    """Return the windows of passages for the network of a model.

    Raises B631 if the network reads too few pieces for a question and a context; warns about truncated questions
    (B632).
    """
    encoder = model.get_ref("encoder")
    shim: Any = encoder.shims[0]
    most, question = min(encoder.attrs["max_pieces"], shim.longest), encoder.attrs["max_question"]
    if most < question + MIN_CONTEXT:
        raise BionerError("B631", max_pieces=most, max_question=question, least=MIN_CONTEXT)
    result = cut_passages(shim.words, passages, most, question, encoder.attrs["stride"])
    long, longest = result.cut_questions
    if long and not shim.warned:
        shim.warned = True
        warnings.warn(str(BionerError("B632", long=long, most=question, longest=longest)), stacklevel=4)
    return result


def forward(
    model: AnswerModel, windows: list[Window], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], list[Window]]]:
    """Return one vector per piece, window by window; the callback passes the gradient to the network's parameters."""
    return run_rows(model, windows, is_train, lambda network: _encode(model, network, windows))


def _encode(model: AnswerModel, network: Any, windows: list[Window]) -> Any:
    """Return a tensor, (pieces of all windows, width), in 32 bits."""
    import torch

    shim: Any = model.shims[0]
    types = [window.types for window in windows] if _has_type_embeddings(network) and windows[0].types else None
    pieces = [window.ids for window in windows]
    vectors, owners = [], []
    for group, output, mask in run_batches(shim, network, pieces, model.attrs["max_batch_pieces"], types):
        vectors.append(output.last_hidden_state[torch.from_numpy(mask).to(shim.device)].float())
        owners.append(np.repeat(group, mask.sum(axis=1)))
    # Batches hold windows of similar length; here the rows return to the order of the windows.
    order = np.argsort(np.concatenate(owners), kind="stable")
    return torch.cat(vectors)[torch.from_numpy(order).to(shim.device)]


def _has_type_embeddings(network: Any) -> bool:
    """Return whether a network has embeddings of token types, which tell question from context."""
    return (getattr(network.config, "type_vocab_size", 0) or 0) > 1
