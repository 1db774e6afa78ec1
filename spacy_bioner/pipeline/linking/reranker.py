"""Similar names ordered anew by the similarity of vectors: ``spacy-bioner.VectorReranker.v1``.

For a mention that no name is spelt like, names with the same trigrams are found first; then each candidate concept gets

    (1 - weight) * score by trigrams + weight * cosine of the vectors of the mention and of the concept's nearest name

as BioSyn (Sung et al. 2020, section 3.2) adds sparse and dense similarity. Only the names of candidates get a vector,
and only once: a million names cost nothing before they are met.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]
from spacy.vocab import Vocab
from thinc.api import Model, get_array_module
from thinc.util import to_numpy

from ...errors import BionerError
from ...ml.check_settings import check_share, check_whole

_KEPT_BYTES = 1 << 26
"""Vectors that are kept: 64 MB, 43,000 names of 384 numbers."""
_WORDS = re.compile(r"[^\W_]+")


class Alike(NamedTuple):
    """A candidate concept: its score by trigrams, and its names that are most similar, best first."""

    score: float
    names: list[str]


class VectorReranker:
    """Scores candidates by trigrams and vectors.

    encoder: a ``Model[list[str], Floats2d]`` that is given names, such as ``spacy-bioner.NameTransformer.v1``; null for
        the mean of the pipeline's word vectors.
    weight: of the cosine of vectors, from 0 to 1; the rest is the weight of the score by trigrams.
    candidates: the number of concepts, best by trigrams, that are ordered anew.
    names: the number of names of a concept, most similar by trigrams, that are compared; the nearest counts.

    ``vocab`` is set by the component.
    """

    def __init__(self, encoder: Model | None = None, weight: float = 0.7, candidates: int = 12, names: int = 2) -> None:
        check_share("VectorReranker", weight=weight)
        check_whole("VectorReranker", candidates=candidates, names=names)
        self.encoder = encoder
        self.weight = weight
        self.candidates = candidates
        self.names = names
        self.vocab: Vocab | None = None
        self.forget()

    def forget(self) -> None:
        """Drop all vectors that are kept."""
        self._known: dict[str, np.ndarray] = {}
        self._opening = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key not in ("_known", "_opening")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.forget()

    def prepare(self) -> None:
        """Open the encoder unless it is open; raise B329 if there is neither an encoder nor word vectors."""
        if self.encoder is None:
            if self.vocab is None or not self.vocab.vectors.shape[0]:
                raise BionerError("B329")
            return
        with self._opening:
            if any(node.has_dim("nO") is None for node in self.encoder.walk()):
                self.encoder.initialize()

    def rescore(self, mentions: Sequence[str], found: Sequence[Mapping[str, Alike]]) -> list[dict[str, float]]:
        """Return the concepts of each mention with their new scores, best first.

        Where a mention or all names of a concept have no vector (no word of theirs has one), the score by trigrams
        stays.
        """
        self.prepare()
        texts = [*mentions, *(name for some in found for one in some.values() for name in one.names)]
        vectors = self._vectors(list(dict.fromkeys(texts)))
        result = []
        for mention, some in zip(mentions, found, strict=True):
            scores = {concept: self._mix(one, vectors, mention) for concept, one in some.items()}
            result.append(dict(sorted(scores.items(), key=lambda item: -item[1])))
        return result

    def _mix(self, one: Alike, vectors: Mapping[str, np.ndarray], mention: str) -> float:
        cosines = [float(vectors[mention] @ vectors[name]) for name in one.names if vectors[name].any()]
        if not cosines or not vectors[mention].any():
            return one.score
        return (1 - self.weight) * one.score + self.weight * min(max(*cosines, 0.0), 1.0)

    def _vectors(self, texts: list[str]) -> dict[str, np.ndarray]:
        """Return vectors of length 1 of these texts; zeros for one without a vector."""
        known = self._known  # the same dictionary until the end, even if another thread replaces it
        new = [text for text in texts if text not in known]
        if new:
            rows = _unit(self._encode(new))
            if (len(known) + len(new)) * 4 * rows.shape[1] > _KEPT_BYTES:
                known = self._known = {text: known[text] for text in texts if text in known}
            known.update(zip(new, rows.astype(np.float32), strict=True))
        return {text: known[text] for text in texts}

    def _encode(self, texts: list[str]) -> np.ndarray:
        if self.encoder is None:
            assert self.vocab is not None
            return _word_means(texts, self.vocab)
        rows = to_numpy(self.encoder.predict(texts))
        if rows.ndim != 2 or len(rows) != len(texts) or not np.isfinite(rows).all():
            raise BionerError("B330", found=f"an array of {rows.shape}", names=len(texts))
        return rows


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


def _word_means(texts: Sequence[str], vocab: Vocab) -> np.ndarray:
    """Return the mean of the vectors of the words of each text that have one, as written or in lower case."""
    vectors = vocab.vectors
    rows = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    for i, text in enumerate(texts):
        forms = [(word, word.lower()) for word in _WORDS.findall(text)]
        words = [next((form for form in pair if hash_string(form) in vectors), "") for pair in forms]
        kept = [word for word in words if word]
        if kept:
            found = vectors.get_batch(kept)
            rows[i] = to_numpy(get_array_module(found).mean(found, axis=0))
    return rows
