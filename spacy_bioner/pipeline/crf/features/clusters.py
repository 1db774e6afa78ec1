"""Clusters of word vectors: words with similar vectors share a feature, including words not seen in training.

Turian, Ratinov & Bengio 2010 compare clusters and vectors as features of a sequence labeller; clusters of several
sizes at once, from general to specific, are after Miller, Guinness & Zamanian 2004 and Guo et al. 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.training import Example
from spacy.vocab import Vocab

from ....errors import BionerError, require
from ....ml.check_settings import check_whole, check_whole_list
from ....progress import progress
from .block import WordBlock
from .word_vectors import word_vectors

UNKNOWN = "-"


@dataclass(kw_only=True)
class ClusterFeatures(WordBlock):
    """``spacy-bioner.ClusterFeatures.v1``: one feature for each clustering of the pipeline's word vectors.

    sizes: into how many clusters; one clustering each. seed: of the first centres, drawn from the vectors.

    The clusters are computed at ``initialize``, from the vectors alone, and saved with the component, which then no
    longer needs the vectors. A word without a vector has the clusters of its lower-case form, or else ``-``. Without
    word vectors the block gives no features, and a log message says so.
    """

    sizes: Sequence[int] = (100, 500, 2000)
    seed: int = 0
    clusters: dict[str, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole_list("ClusterFeatures", least=-(2**31), sizes=self.sizes)
        check_whole("ClusterFeatures", least=0, seed=self.seed)
        if any(size < 1 for size in self.sizes):
            raise BionerError("B406", sizes=self.sizes)

    def of_word(self, word: str) -> list[str]:
        """Return the cluster of the word in each clustering; no features without clusters."""
        if not self.clusters:
            return []
        found = self.clusters.get(word) or self.clusters.get(word.lower())
        return [f"c{size}={UNKNOWN if found is None else found[i]}" for i, size in enumerate(self.sizes)]

    def initialize(self, vocab: Vocab, examples: Sequence[Example]) -> None:
        """Cluster the word vectors of the vocabulary by direction (k-means over vectors of length 1)."""
        words, vectors = word_vectors(vocab, "ClusterFeatures")
        self.clusters = {}
        if not words:
            return
        columns = [_k_means(vectors, size, self.seed) for size in progress(self.sizes, title="word clusters")]
        self.clusters = dict(zip(words, zip(*(column.tolist() for column in columns), strict=True), strict=True))

    def to_state(self) -> dict[str, Any]:
        """Return the words and their clusters."""
        return {"words": list(self.clusters), "clusters": list(self.clusters.values())}

    def from_state(self, state: dict[str, Any]) -> None:
        """Load the words and their clusters."""
        self.clusters = dict(zip(state["words"], map(tuple, state["clusters"]), strict=True))


def _k_means(vectors: NDArray[np.float32], size: int, seed: int) -> NDArray[np.int32]:
    """Return the cluster of each vector: 20 rounds of Lloyd's algorithm from centres drawn at random.

    Runs on one thread: the order in which several threads sum changes the last digits, and so the clusters.
    """
    cluster, threads = require("sklearn.cluster"), require("threadpoolctl")
    k_means = cluster.KMeans(min(size, len(vectors)), init="random", n_init=1, max_iter=20, random_state=seed)
    with threads.threadpool_limits(1):
        return k_means.fit_predict(vectors)
