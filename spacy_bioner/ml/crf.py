"""Linear-chain CRF as the last layer of a tagger (Lample et al. 2016, section 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from thinc.api import Model
from thinc.types import Floats1d, Floats2d

from .likelihood import Gold, negative_log_likelihood
from .linear_chain import Chain, Masks

Scores = list[Floats2d]


def make_linear_chain_crf(scheme: str = "BIO", tags: Sequence[str] = ()) -> Model[Scores, Scores]:
    """Build the CRF decoder: it passes the scores of tags on and holds the scores of starts, transitions and ends.

    ``tags`` name the rows (``decoders.set_tags`` sets them later); ``scheme`` says which may follow which. All scores
    start at 0. What the layer is for is in ``decoders``: loss and gradient, decoding, segment scores.
    """
    size = len(tags) or None
    return Model(
        "crf",
        forward,
        init=init,
        dims={"nI": size, "nO": size},
        params={"start": None, "transitions": None, "end": None},
        attrs={"scheme": scheme, "tags": list(tags)},
    )


def forward(model: Model[Scores, Scores], scores: Scores, is_train: bool) -> tuple[Scores, Callable]:
    """Pass the scores on, and their gradient back."""
    return scores, lambda d_scores: d_scores


def init(model: Model[Scores, Scores], X: Scores | None = None, Y: Any = None) -> None:
    """Allocate the parameters, all 0; ``nO`` must be set."""
    size = model.get_dim("nO")
    model.set_param("start", model.ops.alloc1f(size))
    model.set_param("transitions", model.ops.alloc2f(size, size))
    model.set_param("end", model.ops.alloc1f(size))


def crf_chain(model: Model[Scores, Scores], masks: Masks) -> Chain:
    """Return the chain of the layer's own scores."""
    start, transitions, end = (cast(Any, model.get_param(name)) for name in ("start", "transitions", "end"))
    return masks.chain(start, transitions, end)


def crf_loss(
    model: Model[Scores, Scores], chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[float], Floats2d]]:
    """Return the loss of each sequence and a function of a scale that adds to the gradients of the parameters.

    It returns the gradient of the emissions; both are of the scaled sum of the losses.
    """
    losses, gradient = negative_log_likelihood(chain, emissions, gold)

    def backprop(scale: float) -> Floats2d:
        d_emissions, *d_params = gradient()
        for name, d_param in zip(("start", "transitions", "end"), d_params, strict=True):
            model.inc_grad(name, (d_param * scale).astype("float32"))
        return cast(Floats2d, (d_emissions * scale).astype(emissions.dtype))

    return losses, backprop
