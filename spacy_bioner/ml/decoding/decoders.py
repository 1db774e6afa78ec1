"""Decoders: the last layer of a tagger, which turns scores of tags into tags.

There are two, ``crf`` and ``softmax``. Both are linear chains under the scheme's masks, so the same code finds the best
legal tag sequence and the exact probability of a segment. The CRF learns scores of starts, transitions and ends, and is
trained on whole sequences; the softmax head has no such scores and is trained token by token.

As a layer, a decoder is the identity on scores. It is the last layer of the model, so that the optimizer and
``to_bytes`` find its parameters; the functions of this module compute with them. ``attrs["tags"]`` names its rows,
``attrs["scheme"]`` is their scheme.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d
from thinc.util import to_numpy

from ...errors import BionerError
from ...tags import TokenSpan
from .crf import crf_chain, crf_loss, make_linear_chain_crf
from .decoder_layer import Decoder, Scores
from .forward_backward import messages
from .joint_segments import joint_probabilities
from .known_tags import Gold, Known, check, gather
from .linear_chain import Chain, Layout, Masks
from .segments import SegmentRules, segment_probabilities
from .segments_above_threshold import likely_segments
from .tag_head import make_softmax_tag_head, softmax_chain, softmax_loss
from .viterbi import viterbi


class _Kind(NamedTuple):
    build: Callable[[str, Sequence[str]], Decoder]
    chain: Callable[[Decoder, Masks], Chain]
    loss: Callable[[Decoder, Chain, Floats2d, Gold], tuple[Floats1d, Callable[[float], Floats2d]]]


_KINDS = {
    "crf": _Kind(make_linear_chain_crf, crf_chain, crf_loss),
    "softmax": _Kind(make_softmax_tag_head, softmax_chain, softmax_loss),
}

_masks = lru_cache(maxsize=64)(Masks.of)
_rules_of = lru_cache(maxsize=64)(SegmentRules.of)


def build_decoder(kind: str, scheme: str = "BIO", tags: Sequence[str] = ()) -> Decoder:
    """Build a decoder, ``crf`` or ``softmax``. Raises B532 for another name, B001 for an unknown scheme."""
    if kind not in _KINDS:
        raise BionerError("B532", decoder=kind, known=", ".join(_KINDS))
    return _KINDS[kind].build(scheme, tags)


def loss_and_gradient(
    decoder: Decoder, scores: Scores, known: Sequence[Known], *, scale: float = 1.0
) -> tuple[float, Scores]:
    """Return the loss, summed over the sequences, in nats, and ``scale`` times its gradient.

    ``known`` has the known tags of each sequence: rows of tags, -1 for unknown, (tokens,); or the possible tags as
    bool, (tokens, tags). Unknown tags are marginalised out: a sequence without known tags, or an empty one, has loss 0
    and gradient 0. The gradient of ``scale * loss`` by the decoder's own parameters is accumulated (``inc_grad``):
    ``scale = 1 / len(scores)`` trains on the mean over sequences.

    Raises, before any gradient is accumulated: B530 if the scheme forbids two adjacent known tags, B531 (``crf`` only)
    if no legal sequence agrees with all known tags, and B533 if lengths differ. If scores of a sequence with known
    tags are nan, so is the loss.
    """
    for i, (score, of_sequence) in enumerate(zip(scores, known, strict=True)):
        if len(of_sequence) != len(score):
            raise BionerError("B533", sequence=i, tokens=len(score), known=len(of_sequence))
    xp = decoder.ops.xp
    gradients = [xp.zeros_like(score) for score in scores]
    # What tells nothing is not computed: with a layer for each type, that is most of what a corpus of one type gives.
    told = [i for i, of_sequence in enumerate(known) if _tells(of_sequence)]
    if not told:
        return 0.0, gradients
    lengths = [len(scores[i]) for i in told]
    gold = gather([known[i] for i in told], lengths, decoder.attrs["tags"])
    masks = _decoder_masks(decoder)
    check(gold, masks, decoder.attrs["tags"], decoder.attrs["scheme"], told)
    kind = _KINDS[decoder.name]
    losses, backprop = kind.loss(decoder, kind.chain(decoder, masks), xp.concatenate([scores[i] for i in told]), gold)
    total = float(cast(Any, losses).sum())
    if total == np.inf:
        raise BionerError("B531", sequence=told[int(losses.argmax())], scheme=decoder.attrs["scheme"])
    for i, gradient in zip(told, cut(backprop(scale), lengths), strict=True):
        gradients[i] = gradient
    return total, gradients


def _tells(known: Known) -> bool:
    """Return whether any token has a known tag, or fewer possible tags than all."""
    return bool((known >= 0).any() if known.ndim == 1 else not known.all())


def decode(decoder: Decoder, scores: Scores) -> list[NDArray[np.int64]]:
    """Return the best legal tag sequence of each sequence of tokens, as numpy arrays of tag rows, (tokens,).

    A sequence gets the same tags alone and in any batch.
    """
    lengths = [len(score) for score in scores]
    if not any(lengths):
        return [np.zeros(0, dtype=np.int64) for _ in scores]
    xp = decoder.ops.xp
    return cut(to_numpy(viterbi(chain_of(decoder), xp.concatenate(scores), Layout(np.array(lengths), xp))), lengths)


def segment_scores(decoder: Decoder, scores: Scores, spans: Sequence[Sequence[TokenSpan]]) -> list[list[float]]:
    """Return the probability of each span (first token, one past the last, label) of each sequence.

    The probability is exact: the sum over all legal tag sequences that have this span with this label and these ends.
    Under ``softmax`` the distribution is the product of the tokens' softmaxes, restricted to legal sequences and
    normalised.
    """
    lengths = [len(score) for score in scores]
    laid = [
        (offset + start, offset + end, label)
        for offset, of_sequence in zip(accumulate(lengths, initial=0), spans, strict=False)
        for start, end, label in of_sequence
    ]
    if not laid:
        return [[] for _ in scores]
    xp = decoder.ops.xp
    passed = messages(chain_of(decoder), xp.concatenate(scores), Layout(np.array(lengths), xp))
    probabilities = segment_probabilities(passed, rules_of(decoder), laid)
    return cut(to_numpy(probabilities).tolist(), [len(of_sequence) for of_sequence in spans])


def likely_spans(decoder: Decoder, scores: Scores, least: float) -> list[list[tuple[int, int, str, float]]]:
    """Return the spans of each sequence that have at least the probability ``least`` (above 0), with it; see above."""
    lengths = [len(score) for score in scores]
    found: list[list[tuple[int, int, str, float]]] = [[] for _ in scores]
    if not any(lengths):
        return found
    xp = decoder.ops.xp
    passed = messages(chain_of(decoder), xp.concatenate(scores), Layout(np.array(lengths), xp))
    rules = rules_of(decoder)
    ends = list(accumulate(lengths))
    spans, probabilities = likely_segments(passed, _decoder_masks(decoder), rules, least)
    for (start, end, label), probability in zip(spans, probabilities, strict=True):
        # ``ends`` are exclusive: the first end above the start is that of the span's own sequence, past any empty ones.
        i = bisect_right(ends, start)
        before = ends[i] - lengths[i]
        found[i].append((start - before, end - before, label, float(probability)))
    return found


def joint_scores(
    decoder: Decoder, scores: Scores, groups: Sequence[Sequence[Sequence[TokenSpan]]]
) -> list[list[float]]:
    """Return the probability of each group of segments of each sequence, which make a mention under BIOHD.

    The probability of a group is that of all its segments at once.
    """
    lengths = [len(score) for score in scores]
    offsets = list(accumulate(lengths, initial=0))
    laid = [
        [(offset + start, offset + end, label) for start, end, label in group]
        for offset, of_sequence in zip(offsets, groups, strict=False)
        for group in of_sequence
    ]
    if not laid:
        return [[] for _ in scores]
    xp = decoder.ops.xp
    passed = messages(chain_of(decoder), xp.concatenate(scores), Layout(np.array(lengths), xp))
    found = joint_probabilities(passed, rules_of(decoder), laid)
    return cut(found, [len(of_sequence) for of_sequence in groups])


def _decoder_masks(decoder: Decoder) -> Masks:
    return _masks(tuple(decoder.attrs["tags"]), decoder.attrs["scheme"])


def chain_of(decoder: Decoder) -> Chain:
    """Return the chain of a decoder under its scheme."""
    return _KINDS[decoder.name].chain(decoder, _decoder_masks(decoder))


def rules_of(decoder: Decoder) -> SegmentRules:
    """Return how the decoder's tags make segments."""
    return _rules_of(tuple(decoder.attrs["tags"]))


def cut(laid: Any, lengths: Sequence[int]) -> list[Any]:
    """Split concatenated rows into parts of these lengths."""
    return [laid[start:end] for start, end in pairwise(accumulate(lengths, initial=0))]
