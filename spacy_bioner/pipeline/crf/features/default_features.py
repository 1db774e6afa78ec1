"""The default feature blocks of ``bioner_crf``."""

from __future__ import annotations

from typing import Any

_AROUND = [-2, -1, 0, 1, 2]
_BESIDE = [-1, 0, 1]

DEFAULT_FEATURES: dict[str, dict[str, Any]] = {
    "words": {"@misc": "spacy-bioner.WordFeatures.v1", "form": "text", "window": _AROUND},
    "lower": {"@misc": "spacy-bioner.WordFeatures.v1", "form": "lower", "window": _BESIDE},
    "affixes": {"@misc": "spacy-bioner.AffixFeatures.v1"},
    "shapes": {"@misc": "spacy-bioner.ShapeFeatures.v1", "window": _BESIDE},
    "flags": {"@misc": "spacy-bioner.FlagFeatures.v1"},
    "bigrams": {"@misc": "spacy-bioner.BigramFeatures.v1", "of": "lower"},
    "clusters": {"@misc": "spacy-bioner.ClusterFeatures.v1", "window": _BESIDE},
    "neighbours": {"@misc": "spacy-bioner.NeighbourFeatures.v1", "window": _BESIDE},
    "abbreviations": {"@misc": "spacy-bioner.AbbreviationFeatures.v1"},
    "repeats": {"@misc": "spacy-bioner.RepeatFeatures.v1"},
}
"""By name. In a config a block set to null is left out."""
