"""The tagger's network: any tok2vec, a linear layer with one row per tag, and a decoder."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc
from thinc.api import Dropout, Linear, Model, chain, with_array
from thinc.types import Floats2d, FloatsXd
from thinc.util import get_array_module

from .decoders import build_decoder

TagModelT = Model[list[Doc], list[Floats2d]]


def make_tag_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    decoder: str = "crf",
    scheme: str = "BIO",
    dropout: float | None = None,
) -> TagModelT:
    """Build ``tok2vec -> linear -> decoder``, whose output is a score per token and tag.

    ``decoder``: ``crf`` or ``softmax``; ``scheme``: one of ``tags.SCHEMES``; ``dropout``: rate on the token vectors,
    None for none. The tags are not known yet: ``set_tags`` before ``initialize``. References ``tok2vec``, ``output``
    (the linear layer) and ``decoder`` lead to the parts; take them each time, ``set_tags`` puts new ones in.

    Raises B532 for an unknown decoder and B001 for an unknown scheme.
    """
    output = Linear()
    head = build_decoder(decoder, scheme)
    token_layer: Model[Floats2d, Floats2d] = output if dropout is None else chain(Dropout(dropout), output)
    model: TagModelT = chain(tok2vec, with_array(token_layer), head)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output", output)
    model.set_ref("decoder", head)
    return model


def set_tags(model: TagModelT, tags: Sequence[str]) -> None:
    """Give the rows of the output and the decoder these tags, in this order, before or after ``initialize``.

    What the model has learned moves by name: a tag it had keeps its row of weights, its bias and its scores with other
    tags it had; the numbers of a new tag are 0; the rows of tags not in ``tags`` go. The two layers are replaced by
    new ones, so that an optimizer starts afresh on them instead of applying averages of another shape.
    """
    output, decoder = model.get_ref("output"), model.get_ref("decoder")
    names = decoder.attrs["tags"]
    if list(tags) == names:
        return
    new_output = Linear(nO=len(tags), nI=output.maybe_get_dim("nI"))
    new_decoder = build_decoder(decoder.name, decoder.attrs["scheme"], tags)
    for old, new in ((output, new_output), (decoder, new_decoder)):
        for name in old.param_names:
            if old.has_param(name):
                both = name == "transitions"
                new.set_param(name, rows_by_name(old.get_param(name), names, tags, columns=both))
    for node in model.walk():
        if node.layers and any(inner in (output, decoder) for inner in node.walk()):
            node.set_dim("nO", len(tags), force=True)
    model.replace_node(output, new_output)
    model.replace_node(decoder, new_decoder)


def rows_by_name(values: FloatsXd, names: Sequence[str], wanted: Sequence[str], columns: bool = False) -> FloatsXd:
    """Return the rows of ``values`` (len(names), ...) under the ``wanted`` names: moved where known, 0 where not.

    With ``columns`` the second axis has the same names and moves alike.
    """
    xp = get_array_module(values)
    row_of = {name: row for row, name in enumerate(names)}
    to = [row for row, name in enumerate(wanted) if name in row_of]
    origin = [row_of[wanted[row]] for row in to]
    size = len(wanted)
    moved = xp.zeros((size, size) if columns else (size, *values.shape[1:]), dtype=values.dtype)
    if columns:
        moved[xp.ix_(to, to)] = values[xp.ix_(origin, origin)]
    else:
        moved[to] = values[origin]
    return moved
