"""Tokens whose tag is partly known, because the corpus of their document annotates some types only.

In a document that declares its types (``documents.declared_types``) a token outside all mentions may be part of a
mention of any other type. So its tag is one of a set:

    labels Disease, Gene; the document declares Disease; scheme BIO

    token    BRCA1                    and   breast      cancer
    gold     O                        O     B-Disease   I-Disease
    set      O, B-Gene, I-Gene        same  B-Disease   I-Disease

The decoder sums over all tag sequences within the sets (``ml.decoding.likelihood``), so a document of diseases says
nothing for or against a gene, except where a disease is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.training import Example

from ..documents.declared_types import declared_types
from ..ml.decoding.known_tags import Known
from ..tags import OUTSIDE
from .gold_mentions import UNKNOWN
from .network_component import split_rows


def known_tags(
    examples: Sequence[Example], ids: NDArray[np.int64], tags: Sequence[str], lengths: NDArray[np.int64]
) -> list[Known]:
    """Return for each sequence the tag ids of its tokens or, in a document that leaves types open, the sets of tags.

    ids: of all predicted tokens in order, UNKNOWN where nothing is known. lengths: of the sequences, in tokens.
    """
    known: list[Known] = split_rows(ids, lengths.tolist())
    labels = frozenset(tag.partition("-")[2] for tag in tags) - {""}
    tables: dict[frozenset[str], NDArray[np.bool_]] = {}
    ends, end = np.cumsum(lengths), 0
    for example in examples:
        start, end = end, end + len(example.predicted)
        declared = declared_types(example.reference)
        open_labels = frozenset() if declared is None else labels - declared
        if open_labels:
            if open_labels not in tables:
                tables[open_labels] = _sets(tags, open_labels)
            for i in range(*np.searchsorted(ends, (start, end), side="right").tolist()):
                known[i] = tables[open_labels][known[i]]
    return known


def _sets(tags: Sequence[str], open_labels: frozenset[str]) -> NDArray[np.bool_]:
    """Return the set of possible tags for each tag id, (tags + 1, tags); the last row, UNKNOWN, has all tags."""
    sets = np.eye(len(tags) + 1, len(tags), dtype=bool)
    sets[list(tags).index(OUTSIDE)] |= [tag.partition("-")[2] in open_labels for tag in tags]
    sets[UNKNOWN] = True
    return sets
