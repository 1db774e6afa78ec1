"""The softmax decoder: independent token tags in training, the best legal sequence in prediction.

The loss is the cross entropy of each token's softmax. Decoding is Viterbi over the log probabilities, with transition
scores of 0 for what the scheme allows and -inf for the rest, so that no illegal sequence is predicted.
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

    tags: with ``O``, in the order of the columns; empty until ``set_tags``.
    It has no parameters. Loss and gradient, decoding and segment scores are functions of ``decoders``.
    """
    return decoder_layer("softmax", scheme, tags)


def softmax_chain(model: Decoder, masks: Masks) -> Chain:
    """Return the chain of the scheme's masks, with score 0 for everything legal.

    Its distribution is the product of the tokens' softmaxes, restricted to legal sequences and normalised.
    """
    size = model.get_dim("nO")
    return masks.chain(model.ops.alloc1f(size), model.ops.alloc2f(size, size), model.ops.alloc1f(size))


def softmax_loss(
    model: Decoder, chain: Chain, emissions: Floats2d, gold: Gold
) -> tuple[Floats1d, Callable[[float], Floats2d]]:
    """Return the loss of each sequence and a function of a scale that returns the gradient of the emissions.

    A token adds the negative log probability of its set of possible tags: the known tag, or all tags, which adds 0.
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
