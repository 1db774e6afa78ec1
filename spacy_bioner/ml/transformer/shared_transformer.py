"""The transformer of spacy-transformers for several listeners, with inputs that are never truncated."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from spacy.tokens import Doc, Span
from thinc.api import Model, chain, get_torch_default_device

from ...errors import BionerError, require
from ..anew import forget_training
from ..check_settings import check_flag, check_rate, check_table, check_whole
from .averages import with_weights
from .checkpoints import (
    TRUST,
    check_config,
    check_name,
    longest_input,
    require_transformers,
    shapes_of,
)
from .network import open_or_keep


class PieceSpans:
    """Splits documents into sentences, and sentences of more than ``most`` word pieces into halves, repeatedly.

    It is the span getter of a ``TransformerModel``, ``model``. The span getters of spacy-transformers count windows in
    tokens, and silently truncate those with more pieces than the network reads.
    """

    def __init__(self, max_pieces: int, by_sentence: bool) -> None:
        self.max_pieces = max_pieces
        self.by_sentence = by_sentence
        self.model: Any = None
        self.warned = False

    @property
    def most(self) -> int:
        """The most pieces of a span."""
        return min(self.max_pieces, self.model.tokenizer.model_max_length)

    def __call__(self, docs: Sequence[Doc]) -> list[list[Span]]:
        """Return the spans of each document; each token is in exactly one span."""
        spans = [self._sequences(doc) for doc in docs]
        flat = [span for of_doc in spans for span in of_doc]
        sizes = dict(zip(map(_place, flat), self._count(flat), strict=True))
        long = [size for size in sizes.values() if size > self.most]
        if long and not self.warned:
            self.warned = True
            values = {"long": len(long), "sequences": len(sizes), "most": self.most, "longest": max(long)}
            warnings.warn(str(BionerError("B707", **values)), stacklevel=2)
        return [
            [part for span in of_doc for part in self._halve(span, sizes[_place(span)])] if long else of_doc
            for of_doc in spans
        ]

    def _sequences(self, doc: Doc) -> list[Span]:
        if not len(doc):
            return []
        if self.by_sentence and doc.has_annotation("SENT_START"):
            return list(doc.sents)
        return [doc[:]]

    def _halve(self, span: Span, size: int) -> list[Span]:
        # A single token cannot be halved; the tokenizer truncates it.
        if size <= self.most or len(span) == 1:
            return [span]
        middle = len(span) // 2
        parts = [span[:middle], span[middle:]]
        return [short for part, n in zip(parts, self._count(parts), strict=True) for short in self._halve(part, n)]

    def _count(self, spans: Sequence[Span]) -> list[int]:
        if not spans:
            return []
        cut = self.model.tokenizer([span.text for span in spans], verbose=False)
        return [len(ids) for ids in cut["input_ids"]]


def _place(span: Span) -> tuple[int, int, int]:
    return id(span.doc), span.start, span.end


def make_transformer_model(
    name: str,
    max_pieces: int = 192,
    by_sentence: bool = True,
    mixed_precision: bool = False,
    grad_scaler_config: dict[str, Any] | None = None,
) -> Model:
    """Build ``spacy-bioner.TransformerModel.v1``, the model of a component ``transformer`` of spacy-transformers.

    name: as in ``spacy-bioner.Transformer.v1``, opened with the same checks.
    max_pieces: the most word pieces that are read at once, special ones included, limited by the network's own maximum.
        Longer sentences are read in parts without overlap, with one warning (B707). A single token that is longer is
        truncated to its first pieces. White space has no pieces, and a vector of zeros.
    by_sentence: read sentence by sentence if sentence starts are set; else document by document.
    mixed_precision, grad_scaler_config: torch's autocast to 16 bits on a GPU, as in ``TransformerModel.v3``.

    It is saved in torch's format, as spacy-transformers writes it, and loaded with the weights-only loader. Raises B900
    if ``transformers`` or ``spacy_transformers`` is not installed, B623 for invalid settings; ``initialize`` raises
    what ``open_checkpoint`` raises.
    """
    check_name("TransformerModel", name)
    check_whole("TransformerModel", max_pieces=max_pieces)
    check_flag("TransformerModel", by_sentence=by_sentence, mixed_precision=mixed_precision)
    grad_scaler_config = {} if grad_scaler_config is None else grad_scaler_config
    check_table("TransformerModel", grad_scaler_config=grad_scaler_config)
    require_transformers()
    layers = require("spacy_transformers.layers", extra="transformers")
    spans = PieceSpans(max_pieces, by_sentence)
    model = layers.TransformerModel(
        name, spans, mixed_precision=mixed_precision, grad_scaler_config=dict(grad_scaler_config)
    )
    shim = model.layers[0].shims[0]
    shim.config_cls, shim.tokenizer_cls, shim.model_cls = SafeConfig, SafeTokenizer, SafeModel
    shim.use_params = partial(with_weights, shim)
    return _complete(model, spans)


def make_tok2vec_transformer(
    name: str,
    pooling: Model,
    grad_factor: float = 1.0,
    max_pieces: int = 192,
    by_sentence: bool = True,
    mixed_precision: bool = False,
    grad_scaler_config: dict[str, Any] | None = None,
) -> Model:
    """Build ``spacy-bioner.Tok2VecTransformer.v1``: documents to one array each, (tokens, width).

    It is what ``nlp.replace_listeners`` puts in place of a listener: a transformer of ``TransformerModel.v1`` with the
    listener's pooling, for one component alone. A tagger that is trained with a transformer of its own from the start
    takes ``spacy-bioner.Transformer.v1``, which is faster and saved as safetensors.

    pooling, grad_factor: as in ``spacy-transformers.TransformerListener.v1``. All others, and what is raised: as in
    ``make_transformer_model``.
    """
    check_rate("Tok2VecTransformer", grad_factor=grad_factor)
    layers = require("spacy_transformers.layers", extra="transformers")
    model = make_transformer_model(name, max_pieces, by_sentence, mixed_precision, grad_scaler_config)
    return chain(_split(model), layers.trfs2arrays(pooling, grad_factor))


def _complete(model: Model, spans: PieceSpans) -> Model:
    """Set what a ``TransformerModel`` needs beside its network."""
    spans.model = model
    model.init = init
    model.attrs.update(get_spans=spans, replace_listener=_replacement, replace_listener_cfg=_replacement_config)
    return model


def _split(model: Model) -> Model:
    layers = require("spacy_transformers.layers", extra="transformers")
    return chain(model, layers.split_trf_batch())


def _replacement(model: Model, listener: Model, component: Any) -> Model:
    """Return the layer that replaces a listener, for a copy of the transformer of a component."""
    # spacy-transformers copies the network only: the copy still counts pieces by the tokenizer of the original, and
    # does not know of which checkpoint it is.
    shared = component.model.attrs
    _complete(model, PieceSpans(shared["get_spans"].max_pieces, shared["get_spans"].by_sentence))
    model.attrs.update(name=shared["name"], has_transformer=shared["has_transformer"])
    return _split(model)


def _replacement_config(model: dict[str, Any], listener: dict[str, Any]) -> dict[str, Any]:
    """Return the config of what replaces a listener, from those of the transformer and of the listener."""
    heard: dict[str, Any] = {key: listener[key] for key in ("pooling", "grad_factor") if key in listener}
    return {**model, **heard, "@architectures": "spacy-bioner.Tok2VecTransformer.v1"}


class SafeConfig:
    """The config class for spacy-transformers' shim: code in a config is not run, and its sizes are limited (B584)."""

    @staticmethod
    def from_pretrained(path: Any) -> Any:
        """Open the config of a saved pipeline."""
        config = require_transformers().AutoConfig.from_pretrained(path, local_files_only=True, **TRUST)
        check_config(config, "the transformer")
        return config


class SafeTokenizer:
    """The tokenizer class for the shim."""

    @staticmethod
    def from_pretrained(path: Any, **settings: Any) -> Any:
        """Open the tokenizer of a saved pipeline."""
        settings = {**settings, "local_files_only": True, **TRUST}
        return require_transformers().AutoTokenizer.from_pretrained(path, **settings)


class SafeModel:
    """The network class for the shim."""

    @staticmethod
    def from_config(config: Any) -> Any:
        """Build a network with random weights."""
        shapes_of(config, "AutoModel", "the transformer")
        return require_transformers().AutoModel.from_config(config, **TRUST)


def init(model: Model, X: Any = None, Y: Any = None) -> None:
    """Open the checkpoint, also if the model has a network that was trained. Warns as ``open_or_keep``."""
    shim = model.layers[0].shims[0]
    checkpoint = open_or_keep(model.attrs["name"], shim._model if model.attrs["has_transformer"] else None)
    forget_training(model)
    if checkpoint is None:
        return
    data_classes = require("spacy_transformers.data_classes", extra="transformers")
    tokenizer, network = checkpoint
    file = getattr(tokenizer, "vocab_file", None)
    contents = Path(file).read_bytes() if file else b""
    # spacy-transformers truncates at this length; tokenizers that state none have 10**30.
    tokenizer.model_max_length = longest_input(checkpoint)
    network.to(get_torch_default_device())
    model.attrs["has_transformer"] = False  # spacy-transformers refuses to set a second one
    model.attrs["set_transformer"](model, data_classes.HFObjects(tokenizer, network, contents))
