"""Training data of a CRF: the features and tags of tokens, from examples."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.training import Example
from spacy.util import logger

from ...errors import BionerError
from ...ml.sequences import sequence_lengths
from ...tags import tag_set
from ..gold_mentions import UNKNOWN
from ..gold_tags import gold_tag_ids
from .features.feature_set import FeatureSet
from .progress import progress


def training_sequences(
    examples: Sequence[Example], features: FeatureSet, labels: Sequence[str], scheme: str
) -> Iterator[tuple[list[list[str]], list[str]]]:
    """Yield the features and the tag of each token, sentence by sentence where sentence starts are set.

    crfsuite does not support partially labelled sequences. A token without a gold tag is dropped, and the tokens before
    and after it become sequences of their own, with the features that they have in the whole sentence.
    """
    tags = tag_set(labels, scheme)
    docs = [example.predicted for example in examples]
    lengths = [sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize).tolist() for doc in docs]
    of_all = np.array([n for of_doc in lengths for n in of_doc], dtype=np.int64)
    ids, cut, left = gold_tag_ids(examples, tags, scheme, of_all)
    if left:
        warnings.warn(str(BionerError("B661", name="bioner_crf", scheme=scheme, left=left)), stacklevel=2)
    start = unknown = pieces = 0
    for doc, of_doc in progress(zip(docs, lengths, strict=True), title="features", total=len(docs)):
        for sequence in features.of_doc(doc, of_doc):
            known = ids[start : start + len(sequence)]
            start += len(sequence)
            unknown += int((known == UNKNOWN).sum())
            for first, last in _known_runs(known):
                pieces += 1
                yield sequence[first:last], [tags[i] for i in known[first:last].tolist()]
    if unknown:
        logger.warning(
            "bioner_crf: the gold does not tell the tag of %d of %d tokens (%d entities go over the end of a "
            "sentence); they are left out and their sentences cut there: %d sequences of %d",
            unknown,
            start,
            cut,
            pieces,
            sum(map(len, lengths)),
        )


def _known_runs(ids: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the start and the exclusive end of each run of known tags."""
    known = np.concatenate([[False], ids != UNKNOWN, [False]])
    edges = np.flatnonzero(known[1:] != known[:-1]).tolist()
    yield from zip(edges[::2], edges[1::2], strict=True)
