"""Word shapes: the pattern of upper case, lower case, digits and punctuation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ....ml.check_settings import check_flag
from .block import WordBlock

_REPEATS = re.compile(r"(.)\1+", re.DOTALL)


@dataclass(kw_only=True)
class ShapeFeatures(WordBlock):
    """``spacy-bioner.ShapeFeatures.v1``: ``IL-2Rβ`` has the shape ``XX-0Xx``, compressed ``X-0Xx``.

    full: the whole shape. compressed: repeats written once.
    """

    full: bool = True
    compressed: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("ShapeFeatures", full=self.full, compressed=self.compressed)

    def of_word(self, word: str) -> list[str]:
        """Return the shapes asked for."""
        shape = "".join(map(_class, word))
        features = [f"shape={shape}"] if self.full else []
        if self.compressed:
            short = _REPEATS.sub(r"\1", shape)
            features.append(f"short={short}")
        return features


def _class(char: str) -> str:
    if char.isupper():
        return "X"
    if char.isdigit():
        return "0"
    return "x" if char.isalpha() else char
