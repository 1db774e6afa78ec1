"""The CRF decoder: a linear chain whose starts, transitions and ends have learned scores (Lample et al. 2016, 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from thinc.types import Floats1d, Floats2d

from .decoder_layer import Decoder, decoder_layer
from .known_tags import Gold
from .likelihood import negative_log_likelihood
from .linear_chain import Chain, Masks

PARAMS = ("start", "transitions", "end")


def make_linear_chain_crf(scheme: str = "BIO", tags: Sequence[str] = ()) -> Decoder:
    """Build the CRF decoder over these tags, or over tags that ``tag_model.set_tags`` will name.

    tags: with ``O``, in the order of the columns; empty until ``set_tags``.
    Its scores start at 0. Loss and gradient, decoding and segment scores are functions of ``decoders``.
    """
    return decoder_layer("crf", scheme, tags, PARAMS, init)


def init(model: Decoder, X: Any = None, Y: Any = None) -> None:
    """Allocate ``start`` (nO,), ``transitions`` (nO, nO) from row to column, and ``end`` (nO,), all 0."""
    size = model.get_dim("nO")
    model.set_param("start", model.ops.alloc1f(size))
    model.set_param("transitions", model.ops.alloc2f(size, size))
    model.set_param("end", model.ops.alloc1f(size))


def crf_chain(model: Decoder, masks: Masks) -> Chain:
    """Return the chain with the layer's own scores."""
    start, transitions, end = (cast(Any, model.get_param(name)) for name in PARAMS)
    return masks.chain(start, transitions, end)


def crf_loss(
    model: Decoder, chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[float], Floats2d]]:
    """Return the loss of each sequence and a function of a scale that returns the gradient of the emissions.

    That function also adds to the gradients of the parameters (``inc_grad``). All are gradients of ``scale`` times the
    sum of the losses.
    """
    losses, gradient = negative_log_likelihood(chain, emissions, gold)

    def backprop(scale: float) -> Floats2d:
        d_emissions, *d_params = gradient()
        for name, d_param in zip(PARAMS, d_params, strict=True):
            model.inc_grad(name, (d_param * scale).astype("float32"))
        return cast(Floats2d, (d_emissions * scale).astype(emissions.dtype))

    return losses, backprop
