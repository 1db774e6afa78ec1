"""Training data of a CRF: the features and tags of tokens, from examples."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.training import Example
from spacy.util import logger

from ...documents.declared_types import declared_types
from ...documents.doc_tokens import count_inside_tokens
from ...documents.gold import get_gold, get_id
from ...errors import BionerError
from ...ml.sequences import sequence_lengths
from ...progress import progress
from ...tags import tag_set
from ..gold_mentions import UNKNOWN, TagIds
from ..gold_tags import gold_tag_ids
from ..layers import Layer, layer_tag_ids, left_out
from .features.feature_set import FeatureSet

Sequences = Iterator[tuple[list[list[str]], list[str]]]


def training_sequences(
    examples: Sequence[Example], features: FeatureSet, labels: Sequence[str], scheme: str
) -> Sequences:
    """Yield the features and the tag of each token, sentence by sentence where sentence starts are set.

    crfsuite does not support partially labelled sequences. A token without a gold tag is dropped, and the tokens before
    and after it become sequences of their own, with the features that they have in the whole sentence. Warns (B661) of
    mentions that the tags do not hold. Raises B742 for a document that leaves some of the labels open.
    """
    for example in examples:
        _looked_for(example, labels)
    tags = tag_set(labels, scheme)
    lengths = _lengths(examples)
    found = gold_tag_ids(examples, tags, scheme, np.concatenate([np.zeros(0, dtype=np.int64), *lengths]))
    _tell(found.left, scheme)
    yield from _tagged(_features(examples, lengths, features), found, tags, examples)


def layered_sequences(
    examples: Sequence[Example], features: FeatureSet, layers: Sequence[Layer], scheme: str
) -> Iterator[Sequences]:
    """Yield for each layer what ``training_sequences`` yields; the features are computed once and kept.

    A layer learns from the documents whose annotators looked for its labels. Raises B742 for one that declares some
    labels of a layer but not all.
    """
    lengths = _lengths(examples)
    gold = layer_tag_ids(examples, layers, scheme, np.concatenate(lengths))
    _tell(left_out(gold, layers)[1], scheme)
    kept = list(_features(examples, lengths, features))
    for layer, found in zip(layers, gold, strict=True):
        # A document that declares none of the labels of this layer says nothing about them: all of its tokens are
        # unknown here, but its gold still counts in the layers of its own labels.
        looked = [_looked_for(example, layer.labels) for example in examples]
        found.ids[~np.repeat(looked, [len(example.predicted) for example in examples])] = UNKNOWN
        yield _tagged(kept, found, tag_set(layer.labels, scheme), examples, shown=layer is layers[0])


def _looked_for(example: Example, labels: Sequence[str]) -> bool:
    """Return whether the annotators of a document looked for these labels; raise B742 if for some of them only."""
    types = declared_types(example.reference)
    if types is None or types.issuperset(labels):
        return True
    if types.isdisjoint(labels):
        return False
    name, own = get_id(example.reference), ", ".join(sorted(types))
    raise BionerError("B742", name="bioner_crf", id=name, types=own)


def _lengths(examples: Sequence[Example]) -> list[NDArray[np.int64]]:
    return [sequence_lengths([example.predicted], by_sentence=True, max_length=sys.maxsize) for example in examples]


def _features(
    examples: Sequence[Example], lengths: Sequence[NDArray[np.int64]], features: FeatureSet
) -> Iterator[list[list[str]]]:
    """Yield the features of each token of each sequence."""
    pairs = zip(examples, lengths, strict=True)
    for example, of_doc in progress(pairs, title="features", total=len(examples)):
        yield from features.of_doc(example.predicted, of_doc.tolist())


def _inside_tokens(examples: Iterable[Example]) -> int:
    """Return how many gold mentions have a part that starts or ends inside a token."""
    return sum(
        count_inside_tokens(example.reference, (mention.parts for mention in gold.mentions))
        for example in examples
        if (gold := get_gold(example.reference)) is not None
    )


def _tagged(
    sequences: Iterable[list[list[str]]],
    gold: TagIds,
    tags: Sequence[str],
    examples: Iterable[Example],
    shown: bool = True,
) -> Sequences:
    """Yield the features and tags of the runs of known tags; log how many are not known, and why.

    examples: those of the sequences, for the log.
    """
    start = unknown = whole = pieces = 0
    for sequence in sequences:
        whole += 1
        known = gold.ids[start : start + len(sequence)]
        start += len(sequence)
        unknown += int((known == UNKNOWN).sum())
        for first, last in _known_runs(known):
            pieces += 1
            yield sequence[first:last], [tags[i] for i in known[first:last].tolist()]
    if unknown and shown:
        logger.warning(
            "bioner_crf: the gold does not tell the tag of %d of %d tokens (a part of %d mentions starts or ends "
            "inside a token; %d mentions go over the end of a sentence); training leaves these tokens out and cuts "
            "their sentences there: %d sentences became %d sequences",
            unknown,
            start,
            _inside_tokens(examples),
            gold.cut,
            whole,
            pieces,
        )


def _tell(left: int, scheme: str) -> None:
    if left:
        warnings.warn(str(BionerError("B661", name="bioner_crf", scheme=scheme, left=left)), stacklevel=3)


def _known_runs(ids: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the start and the exclusive end of each run of known tags."""
    # With False on either side every run has both a start and an end among the changes.
    known = np.concatenate([[False], ids != UNKNOWN, [False]])
    edges = np.flatnonzero(known[1:] != known[:-1]).tolist()
    yield from zip(edges[::2], edges[1::2], strict=True)
