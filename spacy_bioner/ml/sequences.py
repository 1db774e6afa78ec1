"""The input of a recurrent net: token vectors, split into sequences by sentences and a maximum length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import SENT_START
from spacy.tokens import Doc
from thinc.types import Floats2d


@dataclass(frozen=True)
class TokenRows:
    """Token vectors of a batch with each distinct vector held once: token ``t`` has the vector ``table[rows[t]]``.

    The tokens are in document order; ``lengths`` divides them into the sequences that a recurrent net reads. The index
    arrays are numpy arrays even if the table is on a GPU.
    """

    table: Floats2d  # (distinct vectors, width)
    rows: NDArray[np.int64]  # (tokens,)
    lengths: NDArray[np.int64]  # (sequences,), their sum is the number of tokens


def sequence_lengths(docs: Sequence[Doc], by_sentence: bool, max_length: int) -> NDArray[np.int64]:
    """Return the lengths in tokens of the sequences that a recurrent net reads, in document order; they sum to all.

    With ``by_sentence`` a document with sentence starts is cut at each of them; without it, and for documents without
    sentence starts, a document is one sequence. A sequence of more than ``max_length`` tokens is cut into pieces of
    ``max_length`` and a rest, so that no token is lost.
    """
    sizes = np.array([len(doc) for doc in docs], dtype=np.int64)
    total = int(sizes.sum())
    if not total:
        return np.zeros(0, dtype=np.int64)
    if by_sentence:
        begins = np.concatenate([doc.to_array(SENT_START) for doc in docs]) == 1
    else:
        begins = np.zeros(total, dtype=bool)
    begins[(np.cumsum(sizes) - sizes)[sizes > 0]] = True
    edges = np.append(np.flatnonzero(begins), total)
    lengths = edges[1:] - edges[:-1]
    if lengths.max() <= max_length:
        return lengths
    pieces = (lengths - 1) // max_length + 1
    cut = np.full(pieces.sum(), max_length, dtype=np.int64)
    cut[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * max_length
    return cut
