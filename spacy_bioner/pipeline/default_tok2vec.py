"""The tok2vec of components whose config names none: spaCy's own, which needs no torch."""

from __future__ import annotations

from typing import Any

DEFAULT_TOK2VEC: dict[str, Any] = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 2000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}
