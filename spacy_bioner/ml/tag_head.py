"""Softmax tag head: every token's tag on its own in training, the best legal sequence in use.

The loss is the cross entropy of each token's softmax. Decoding is Viterbi over log probabilities with 0 for what the
scheme allows and -inf for the rest, so no illegal sequence can come out (as in AllenNLP, Gardner et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from thinc.api import Model
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from .likelihood import Gold
from .linear_chain import Chain, Masks, logsumexp

Scores = list[Floats2d]


def make_softmax_tag_head(scheme: str = "BIO", tags: Sequence[str] = ()) -> Model[Scores, Scores]:
    """Build the softmax decoder: it passes the scores of tags on and has no parameters.

    ``tags`` name the rows (``decoders.set_tags`` sets them later); ``scheme`` says which may follow which. What the
    layer is for is in ``decoders``: loss and gradient, decoding, segment scores.
    """
    size = len(tags) or None
    return Model("softmax", forward, dims={"nI": size, "nO": size}, attrs={"scheme": scheme, "tags": list(tags)})


def forward(model: Model[Scores, Scores], scores: Scores, is_train: bool) -> tuple[Scores, Callable]:
    """Pass the scores on, and their gradient back."""
    return scores, lambda d_scores: d_scores


def softmax_chain(model: Model[Scores, Scores], masks: Masks) -> Chain:
    """Return the chain that allows or forbids and prefers nothing.

    Its probabilities are the products of the tokens' softmaxes over the legal sequences alone, made to sum to 1.
    """
    size = model.get_dim("nO")
    return masks.chain(model.ops.alloc1f(size), model.ops.alloc2f(size, size), model.ops.alloc1f(size))


def softmax_loss(
    model: Model[Scores, Scores], chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[float], Floats2d]]:
    """Return the loss of each sequence and a function of a scale that returns the gradient of the emissions.

    A token of which nothing is known adds nothing; one of which a set of tags is known adds the log probability of
    the set (marginalised, as in the CRF).
    """
    xp = get_array_module(emissions)
    logits = emissions.astype(xp.float64)
    mask = xp.asarray(gold.mask(np.arange(len(emissions)), emissions.shape[1]))
    masked = xp.where(mask, logits, -xp.inf)
    log_z, log_known = logsumexp(logits, axis=1), logsumexp(masked, axis=1)
    starts = xp.asarray(np.cumsum(gold.lengths) - gold.lengths)
    losses = xp.add.reduceat(log_z - log_known, starts)

    def backprop(scale: float) -> Floats2d:
        gradient = xp.exp(logits - log_z[:, None]) - xp.exp(masked - log_known[:, None])
        return (gradient * scale).astype(emissions.dtype)

    return losses, backprop
