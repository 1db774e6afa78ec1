"""Decoders: the last layer of a tagger, which turns scores of tags into tags.

There are two, ``crf`` and ``softmax``. Both are linear chains under the scheme's masks, so both find the best legal tag
sequence and the exact probability of a segment by the same code: the CRF learns scores of starts, transitions and ends
and is trained on whole sequences, the softmax head has none and is trained token by token.

As a layer a decoder passes scores on: it sits at the end of the model, where the optimizer and ``to_bytes`` find it,
and the functions of this module do its work. ``attrs["tags"]`` names its rows, ``attrs["scheme"]`` is their scheme.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from thinc.api import Model
from thinc.types import Floats1d, Floats2d
from thinc.util import to_numpy

from ..errors import BionerError
from ..tags import TokenSpan, check_scheme, split_tag, transitions
from .crf import crf_chain, crf_loss, make_linear_chain_crf
from .likelihood import Gold
from .linear_chain import Chain, Layout, Masks, messages, mixing_steps
from .segments import Spelling, segment_probabilities, spelling
from .tag_head import make_softmax_tag_head, softmax_chain, softmax_loss
from .viterbi import viterbi

Scores = list[Floats2d]
"""One array (tokens, tags) for each sequence; their gradients have the same shapes."""

Known = NDArray[Any]
"""What is known of a sequence's tags: rows of tags, -1 where not known, (tokens,); or bool, (tokens, tags): may be."""


class _Kind(NamedTuple):
    build: Callable[[str, Sequence[str]], Model[Scores, Scores]]
    chain: Callable[[Model[Scores, Scores], Masks], Chain]
    loss: Callable[[Model[Scores, Scores], Chain, Floats2d, Gold], tuple[Floats1d, Callable[[float], Floats2d]]]


_KINDS = {
    "crf": _Kind(make_linear_chain_crf, crf_chain, crf_loss),
    "softmax": _Kind(make_softmax_tag_head, softmax_chain, softmax_loss),
}


def build_decoder(kind: str, scheme: str = "BIO", tags: Sequence[str] = ()) -> Model[Scores, Scores]:
    """Build a decoder, ``crf`` or ``softmax``. Raises B532 for another name, B001 for an unknown scheme."""
    if kind not in _KINDS:
        raise BionerError("B532", decoder=kind, known=", ".join(_KINDS))
    check_scheme(scheme)
    return _KINDS[kind].build(scheme, tags)


def loss_and_gradient(
    decoder: Model[Scores, Scores], scores: Scores, known: Sequence[Known], *, scale: float = 1.0
) -> tuple[float, Scores]:
    """Return the loss, summed over the sequences, in nats, and ``scale`` times its gradient.

    The gradient of ``scale * loss`` by the decoder's own parameters is added to theirs (``inc_grad``). Pass
    ``scale = 1 / len(scores)`` to train on the mean over sequences. Tokens whose tag is not known are marginalised
    out: a sequence of which nothing is known has loss and gradient 0. Empty sequences too.

    Raises B530 where known tags stand where the scheme forbids, B531 where they cannot be for another reason and
    B533 where lengths do not fit; then no gradient has been added. A loss that is not finite because the scores are
    not is returned as it is.
    """
    gold = _gold(decoder, scores, known)
    if not len(gold.tags):
        return 0.0, [score.copy() for score in scores]
    kind = _KINDS[decoder.name]
    emissions = decoder.ops.xp.concatenate(scores)
    losses, backprop = kind.loss(decoder, _chain(decoder), emissions, gold)
    total = float(cast(Any, losses).sum())
    if total == np.inf:
        raise BionerError("B531", sequence=int(losses.argmax()), scheme=decoder.attrs["scheme"])
    return total, _split(backprop(scale), scores)


def decode(decoder: Model[Scores, Scores], scores: Scores) -> list[NDArray[np.int64]]:
    """Return the rows of the tags of the best legal sequence of each sequence of tokens, as numpy arrays (tokens,).

    A sequence gets the same tags alone and in any batch.
    """
    lengths = _lengths(scores)
    if not lengths.any():
        return [np.zeros(0, dtype=np.int64) for _ in scores]
    xp = decoder.ops.xp
    tags = viterbi(_chain(decoder), xp.concatenate(scores), Layout(lengths, xp))
    return _split(to_numpy(tags), scores)


def segment_scores(
    decoder: Model[Scores, Scores], scores: Scores, spans: Sequence[Sequence[TokenSpan]]
) -> list[list[float]]:
    """Return the probability of each span (first token, one past the last, label) of each sequence.

    It is exact: the sum over all legal tag sequences that have this span with this label, ending where it ends. Under
    ``softmax`` the distribution is the product of the tokens' softmaxes over the legal sequences, made to sum to 1.
    """
    lengths = _lengths(scores)
    offsets = np.cumsum(lengths) - lengths
    shifted = [
        (start + int(offset), end + int(offset), label)
        for offset, of_sequence in zip(offsets, spans, strict=True)
        for start, end, label in of_sequence
    ]
    if not shifted:
        return [[] for _ in scores]
    xp = decoder.ops.xp
    passed = messages(_chain(decoder), xp.concatenate(scores), Layout(lengths, xp))
    labels = [split_tag(tag)[1] for tag in decoder.attrs["tags"]]
    found = to_numpy(segment_probabilities(passed, _spelling(tuple(decoder.attrs["tags"])), labels, shifted)).tolist()
    bounds = [0, *accumulate(len(of_sequence) for of_sequence in spans)]
    return [found[start:end] for start, end in pairwise(bounds)]


def _lengths(scores: Scores) -> NDArray[np.int64]:
    return np.array([len(score) for score in scores], dtype=np.int64)


def _split(flat: Any, scores: Scores) -> list[Any]:
    bounds = [0, *accumulate(len(score) for score in scores)]
    return [flat[start:end] for start, end in pairwise(bounds)]


def _chain(decoder: Model[Scores, Scores]) -> Chain:
    return _KINDS[decoder.name].chain(decoder, _masks(tuple(decoder.attrs["tags"]), decoder.attrs["scheme"]))


@lru_cache(maxsize=16)
def _masks(tags: tuple[str, ...], scheme: str) -> Masks:
    allowed, start, end = transitions(tags, scheme)
    return Masks(start, allowed, end, mixing_steps(allowed))


@lru_cache(maxsize=16)
def _spelling(tags: tuple[str, ...]) -> Spelling:
    return spelling(tags)


def _gold(decoder: Model[Scores, Scores], scores: Scores, known: Sequence[Known]) -> Gold:
    lengths = _lengths(scores)
    for i, (score, of_sequence) in enumerate(zip(scores, known, strict=True)):
        if len(score) != len(of_sequence):
            raise BionerError("B533", sequence=i, tokens=len(score), known=len(of_sequence))
    if all(of_sequence.ndim == 1 for of_sequence in known):
        gold = Gold(lengths[lengths > 0], np.concatenate([*known, np.zeros(0, dtype=np.int64)]).astype(np.int64))
    else:
        allowed = np.concatenate([_allowed(of_sequence, decoder.get_dim("nO")) for of_sequence in known])
        tags = np.where(allowed.sum(axis=1) == 1, allowed.argmax(axis=1), -1)
        gold = Gold(lengths[lengths > 0], tags, allowed)
    _check(decoder, gold, np.flatnonzero(lengths))
    return gold


def _allowed(known: Known, size: int) -> NDArray[np.bool_]:
    if known.ndim == 2:
        return known
    return (known[:, None] < 0) | (known[:, None] == np.arange(size))


def _check(decoder: Model[Scores, Scores], gold: Gold, sequences: NDArray[np.int64]) -> None:
    """Raise B530 where a known tag may not follow the known tag, the start or the end beside it."""
    if not len(gold.tags):
        return
    names, scheme = decoder.attrs["tags"], decoder.attrs["scheme"]
    masks = _masks(tuple(names), scheme)
    # Index -1, not known, is the last row and column: all true.
    follows = np.pad(masks.transitions, (0, 1), constant_values=True)
    first, last = np.append(masks.start, True), np.append(masks.end, True)
    starts = np.cumsum(gold.lengths) - gold.lengths
    ends = starts + gold.lengths - 1
    fits = np.empty(len(gold.tags), dtype=bool)
    fits[1:] = follows[gold.tags[:-1], gold.tags[1:]]
    fits[starts] = first[gold.tags[starts]]
    closes = last[gold.tags[ends]]
    if fits.all() and closes.all():
        return
    bad = int(fits.argmin()) if not fits.all() else int(ends[closes.argmin()]) + 1
    sequence = int(np.searchsorted(ends, bad - fits.all()))
    raise BionerError(
        "B530",
        sequence=int(sequences[sequence]),
        scheme=scheme,
        tag=names[gold.tags[bad]] if not fits.all() else "the end",
        position=bad - int(starts[sequence]),
        previous=names[gold.tags[bad - 1]] if bad not in starts or fits.all() else "the start",
    )
