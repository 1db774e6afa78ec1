"""The softmax decoder: independent token tags in training, the best legal sequence in prediction.

The loss is the cross entropy of each token's softmax. Decoding is Viterbi over its log probabilities, with 0 for what
the scheme allows and -inf for the rest, so no illegal sequence can come out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from .decoder_layer import Decoder, decoder_layer
from .forward_backward import logsumexp
from .known_tags import Gold
from .linear_chain import Chain, Masks


def make_softmax_tag_head(scheme: str = "BIO", tags: Sequence[str] = ()) -> Decoder:
    """Build the softmax decoder over these tags, or over tags that ``tag_model.set_tags`` will name.

    It has no parameters. What it does is in ``decoders``: loss and gradient, decoding, segment scores.
    """
    return decoder_layer("softmax", scheme, tags)


def softmax_chain(model: Decoder, masks: Masks) -> Chain:
    """Return the chain of the scheme's masks, with score 0 for everything legal.

    Its distribution is the product of the tokens' softmaxes over the legal sequences, made to sum to 1.
    """
    size = model.get_dim("nO")
    return masks.chain(model.ops.alloc1f(size), model.ops.alloc2f(size, size), model.ops.alloc1f(size))


def softmax_loss(
    model: Decoder, chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[float], Floats2d]]:
    """Return the loss of each sequence and a function of a scale that returns the gradient of the emissions.

    A token adds the negative log probability of the set of tags that may be: the known one, or all, which is 0.
    """
    xp = get_array_module(emissions)
    # Tags along the first axis: numpy reduces long rows ten times faster than many short ones.
    logits = xp.ascontiguousarray(emissions.T, dtype=xp.float64)
    mask = xp.asarray(gold.mask(np.arange(len(emissions)), emissions.shape[1]).T)
    known = xp.where(mask, logits, -xp.inf)
    log_z, log_known = logsumexp(logits, axis=0), logsumexp(known, axis=0)

    def backprop(scale: float) -> Floats2d:
        gradient = (xp.exp(logits - log_z) - xp.exp(known - log_known)) * scale
        return xp.ascontiguousarray(gradient.T, dtype=emissions.dtype)

    return xp.bincount(xp.asarray(gold.sequence), weights=log_z - log_known), backprop
