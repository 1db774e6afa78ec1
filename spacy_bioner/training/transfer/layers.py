"""The named layers of a network, for the transfer of weights."""

from __future__ import annotations

from dataclasses import dataclass

from thinc.api import Model

from ...pipeline.layers import read_rows
from .copy_weights import find_transformer

LAYERS = ("char", "word", "encode", "output", "crf")
ENCODER = ("char", "word", "encode")
DIRECTIONS = {"encode": (0, 1), "encode.forward": (0,), "encode.backward": (1,)}
"""The directions (axis 0 of each parameter of a recurrent net) by the name in the settings."""


@dataclass(frozen=True)
class NetworkLayers:
    """The layers of a network; None for those that it lacks.

    predicts: the meaning of the rows of ``output``: "tags", "words" or "answers" (one row for starts, one for ends).
    decoder: the decoder of tags; ``crf`` is the same layer if it has parameters.

    A transformer is ``encode`` as a whole: it has neither ``char`` nor ``word``.
    """

    char: Model | None
    word: Model | None
    encode: Model | None
    output: Model | None
    crf: Model | None
    decoder: Model | None
    predicts: str

    @property
    def known(self) -> list[str]:
        """Return the names of the layers that the network has."""
        return [name for name in LAYERS if getattr(self, name) is not None]

    def has(self, layer: str) -> bool:
        """Return whether the network has a layer; it has a direction if it has ``encode``."""
        return layer.partition(".")[0] in self.known

    @property
    def labels(self) -> list[str]:
        """Return the labels of the decoder's tags; an empty list without a decoder."""
        tags = self.decoder.attrs["tags"] if self.decoder else []
        return list(dict.fromkeys(label for row in read_rows(tags) for label in row.layer.labels))


def find_layers(model: Model, upstream: Model | None = None) -> NetworkLayers:
    """Find the layers of a tagger, of a language model, or of any network that contains an encoder of this package.

    upstream: the network that ``model`` listens to, whose encoder counts as that of ``model``.
    """
    nodes = [*model.walk(), *(upstream.walk() if upstream is not None else ())]
    encoder = next((node for node in nodes if node.has_ref("encode") and node.has_ref("word")), None)
    char, word, encode = (encoder.maybe_get_ref(name) if encoder else None for name in ("char", "word", "encode"))
    encode = find_transformer(nodes) if encode is None else encode
    output, decoder = model.maybe_get_ref("output"), model.maybe_get_ref("decoder")
    predicts = "tags" if decoder is not None else "words" if output is not None and "rows" in output.attrs else ""
    if encode is not None and encode.name == "answer_encoder":
        predicts = "answers"
    return NetworkLayers(
        char=char,
        word=word,
        encode=encode,
        output=output if predicts else None,
        crf=decoder if decoder is not None and "transitions" in decoder.param_names else None,
        decoder=decoder,
        predicts=predicts,
    )
