"""The word vectors of a vocabulary, as the feature blocks use them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from spacy.util import logger
from spacy.vocab import Vocab


def word_vectors(vocab: Vocab, block: str) -> tuple[list[str], NDArray[np.float32]]:
    """Return the words with a nonzero vector, and their vectors normalised to length 1, (words, width).

    block: the name of the feature block that wants them; the log says if there are none for it.
    """
    vectors = vocab.vectors
    if vectors.mode != "default" or not vectors.n_keys:
        logger.warning(
            "%s: no word vectors, so the CRF learns without these features; with vectors of your language "
            "(--paths.vectors FILE) it is better",
            block,
        )
        return [], np.zeros((0, 0), dtype="float32")
    table = np.asarray(vectors.data.get() if hasattr(vectors.data, "get") else vectors.data, dtype="float32")
    places = [(vocab.strings[key], row) for key, row in vectors.key2row.items() if key in vocab.strings]
    words, rows = [word for word, _ in places], table[[row for _, row in places]]
    lengths = np.linalg.norm(rows, axis=1)
    kept = np.flatnonzero(lengths)
    return [words[i] for i in kept.tolist()], rows[kept] / lengths[kept, None]
