"""Pairs of mentions over any tok2vec, for a CPU: vectors of the mentions and their context, distance and types.

    tok2vec  -> mean of head | mean of tail | maximum from the first mention to the last | mean between | mean before |
                mean after                                                      six vectors of the tok2vec's width
    the pair -> order | tokens between | sentences between | type of head | type of tail            zeros and ones
    both     -> maxout -> dropout -> linear

The pooling of mentions and of the words between them follows CNN and LSTM relation classifiers since Zeng et al. (2014,
COLING); their distance features are per token, here they are per pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from spacy.tokens import Doc
from thinc.api import Dropout, Linear, Maxout, Model, chain
from thinc.types import Floats2d

from ..check_settings import check_share, check_whole
from .pair import Pair, PairModel
from .pooling import Pooled, Runs, max_of_runs, mean_of_runs

_DISTANCES = (0, 1, 2, 4, 8, 16, 32)
"""Upper bounds of the distance classes, in tokens between the mentions; the last class has no bound."""
_SENTENCES = 3
"""Classes of the number of sentence ends between the mentions: 0, 1, more."""
_POOLS = 6


def make_pair_tok2vec(
    tok2vec: Model[list[Doc], list[Floats2d]], hidden: int = 128, around: int = 5, dropout: float = 0.2
) -> PairModel:
    """Build ``spacy-bioner.PairTok2Vec.v1``.

    tok2vec: any tok2vec, also a listener. Each Doc is encoded once, whatever the number of its pairs.
    hidden: units of the maxout layer, with three pieces each.
    around: tokens read before the first mention and after the second one, in their sentences.
    dropout: on the maxout layer; ``[training] dropout`` overrides it, as it does that of the tok2vec.

    Call ``set_outputs`` with the classes and the types of mentions before ``initialize``.
    """
    check_whole("PairTok2Vec", hidden=hidden)
    check_whole("PairTok2Vec", least=0, around=around)
    check_share("PairTok2Vec", below_one=True, dropout=dropout)
    pool: Model[list[Pair], Floats2d] = Model(
        "pool_pairs",
        forward,
        init=init,
        layers=[tok2vec],
        dims={"nO": None},
        attrs={"types": [], "around": around},
    )
    output: Model[Floats2d, Floats2d] = Linear()
    model: PairModel = chain(pool, Maxout(nO=hidden, nP=3, dropout=None), Dropout(dropout), output)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output", output)
    return model


def init(model: Model[list[Pair], Floats2d], X: list[Pair] | None = None, Y: Floats2d | None = None) -> None:
    """Initialise the tok2vec with the documents of the pairs, and set the width that follows from it and the types."""
    tok2vec = model.layers[0]
    tok2vec.initialize(_distinct(X)[0] if X else None)
    features = 1 + len(_DISTANCES) + 1 + _SENTENCES + 2 * len(model.attrs["types"])
    model.set_dim("nO", _POOLS * tok2vec.get_dim("nO") + features, force=True)


def forward(
    model: Model[list[Pair], Floats2d], pairs: list[Pair], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], list[Pair]]]:
    """Return one row per pair; the callback passes the gradient down to the tok2vec."""
    tok2vec = model.layers[0]
    docs, numbers = _distinct(pairs)
    vectors, backprop_tok2vec = tok2vec(docs, is_train)
    rows = model.ops.flatten(vectors)
    lengths = [len(vector) for vector in vectors]
    offsets = (np.cumsum(lengths) - lengths)[numbers]
    pools: list[Pooled] = []
    for i, runs in enumerate(_runs(pairs, model.attrs["around"])):
        pools.append((max_of_runs if i == 2 else mean_of_runs)(model.ops, rows, runs + offsets[:, None]))
    features = model.ops.asarray2f(_features(pairs, model.attrs["types"]))
    Y = model.ops.xp.concatenate([*(pooled for pooled, _ in pools), features], axis=1)

    def backprop(dY: Floats2d) -> list[Pair]:
        width = rows.shape[1]
        d_rows = model.ops.alloc2f(*rows.shape)
        for i, (_, back) in enumerate(pools):
            d_rows += back(dY[:, i * width : (i + 1) * width])
        backprop_tok2vec(model.ops.unflatten(d_rows, model.ops.asarray1i(lengths), 0))
        return pairs

    return Y, backprop


def _distinct(pairs: Sequence[Pair]) -> tuple[list[Doc], np.ndarray]:
    """Return each document once, and the number of the document of each pair."""
    numbers: dict[int, int] = {}
    docs: list[Doc] = []
    of_pairs = np.zeros(len(pairs), dtype=np.int64)
    for i, pair in enumerate(pairs):
        if id(pair.doc) not in numbers:
            numbers[id(pair.doc)] = len(docs)
            docs.append(pair.doc)
        of_pairs[i] = numbers[id(pair.doc)]
    return docs, of_pairs


def _runs(pairs: Sequence[Pair], around: int) -> list[Runs]:
    """Return, for each pair, the runs of tokens: head, tail, first to last mention, between, before and after."""
    rows = []
    for _, head, tail, start, end, _ in pairs:
        first, last = (head, tail) if head.start < tail.start else (tail, head)
        rows.append(
            (
                head[:2],
                tail[:2],
                (first.start, last.end),
                (first.end, max(first.end, last.start)),
                (max(start, first.start - around), first.start),
                (last.end, min(end, last.end + around)),
            )
        )
    return list(np.array(rows, dtype=np.int64).transpose(1, 0, 2))


def _features(pairs: Sequence[Pair], types: Sequence[str]) -> Any:
    """Return the binary features of each pair; an unknown type of mention has zeros only."""
    columns = {label: i for i, label in enumerate(types)}
    distances = len(_DISTANCES) + 1
    features = np.zeros((len(pairs), 1 + distances + _SENTENCES + 2 * len(types)), dtype=np.float32)
    for row, (_, head, tail, _, _, sentences) in zip(features, pairs, strict=True):
        between = max(head.start, tail.start) - min(head.end, tail.end)  # tokens between the two, in either order
        row[0] = head.start < tail.start
        row[1 + int(np.searchsorted(_DISTANCES, between))] = 1
        row[1 + distances + min(sentences, _SENTENCES - 1)] = 1
        for offset, entity in ((0, head), (len(types), tail)):
            if entity.label in columns:
                row[1 + distances + _SENTENCES + offset + columns[entity.label]] = 1
    return features
