"""The tagger's network: any tok2vec, a linear layer with one row per tag, and a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spacy.tokens import Doc
from thinc.api import Dropout, Linear, Model, chain, with_array
from thinc.types import Floats2d

from .check_settings import check_share
from .decoding.decoders import build_decoder
from .layer_rates import RATE

_TAG_AXES = {"W": 1, "b": 1, "start": 1, "transitions": 2, "end": 1}
"""The number of axes of a parameter of the output and decoder layers that are tags; these are the first axes."""

TagModelT = Model[list[Doc], list[Floats2d]]


def make_tag_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    decoder: str = "crf",
    scheme: str = "BIO",
    dropout: float | None = None,
) -> TagModelT:
    """Build ``tok2vec -> linear -> decoder``, whose output is a score per token and tag.

    ``decoder``: ``crf`` or ``softmax``; ``scheme``: one of ``tags.SCHEMES``; ``dropout``: rate on the token vectors,
    None for none. Call ``set_tags`` before ``initialize``. The references ``tok2vec``, ``output`` (the linear layer)
    and ``decoder`` are the parts; get them anew each time, because ``set_tags`` replaces the last two.

    Raises B532 for an unknown decoder and B001 for an unknown scheme.
    """
    if dropout is not None:
        check_share("TagModel", below_one=True, dropout=dropout)
    output = Linear()
    head = build_decoder(decoder, scheme)
    token_layer: Model[Floats2d, Floats2d] = output if dropout is None else chain(Dropout(dropout), output)
    model: TagModelT = chain(tok2vec, with_array(token_layer), head)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output", output)
    model.set_ref("decoder", head)
    return model


def set_tags(model: TagModelT, tags: Sequence[str]) -> None:
    """Set the tags of the rows of the output and the decoder, in this order, before or after ``initialize``.

    Weights are copied by name: a tag that the model had keeps its row of weights, its bias and its transition scores
    with other such tags. The weights of a new tag are 0; the rows of tags not in ``tags`` are dropped. The two layers
    are replaced by new ones, so that an optimizer does not apply moments and averages of another shape to them. They
    keep their learning rates (``layer_rates``).
    """
    output, decoder = model.get_ref("output"), model.get_ref("decoder")
    names = decoder.attrs["tags"]
    if list(tags) == names:
        return
    new_output = Linear(nO=len(tags), nI=output.maybe_get_dim("nI"))
    new_decoder = build_decoder(decoder.name, decoder.attrs["scheme"], tags)
    for old, new in ((output, new_output), (decoder, new_decoder)):
        for name in filter(old.has_param, old.param_names):
            axes, shape = _TAG_AXES[name], old.get_param(name).shape
            new.set_param(name, old.ops.alloc((len(tags),) * axes + shape[axes:]))
        copy_tag_rows(old, names, new, tags)
        if RATE in old.attrs:
            new.attrs[RATE] = old.attrs[RATE]
    for node in model.walk():
        if node.layers and any(inner in (output, decoder) for inner in node.walk()):
            node.set_dim("nO", len(tags), force=True)
    model.replace_node(output, new_output)
    model.replace_node(decoder, new_decoder)


def copy_tag_rows(source: Model, names: Sequence[str], target: Model, wanted: Sequence[str]) -> list[str]:
    """Copy the weights of shared tags from one output or decoder layer to another of its kind; return these tags.

    ``names`` are the tags of the rows of ``source``, ``wanted`` those of ``target``; rows of other tags are unchanged.
    Both layers are initialised, or have no parameters.

        names   O B-ADR I-ADR           wanted   O B-Drug B-ADR           shared   O -> row 0, B-ADR -> row 2
    """
    shared = [tag for tag in wanted if tag in names]
    origin, to = [list(names).index(tag) for tag in shared], [list(wanted).index(tag) for tag in shared]
    for name in filter(source.has_param, source.param_names):
        values: Any = source.get_param(name)
        copied: Any = target.get_param(name).copy()
        if _TAG_AXES[name] == 2:
            xp = target.ops.xp
            copied[xp.ix_(to, to)] = values[xp.ix_(origin, origin)]
        else:
            copied[to] = values[origin]
        target.set_param(name, copied)
    return shared
