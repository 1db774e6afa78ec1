"""Letter case of a word as one of a few classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d

from .arrays import to_ops
from .words import Words

CLASSES = 7


def make_word_case() -> Model[Words, Floats2d]:
    """Build a layer that encodes the letter case of each word as one-hot (Collobert et al., 2011, section 4.1).

    Classes: 0 no letter, digits among other characters; 1 a number; 2 all lower case; 3 all upper case; 4 first
    letter upper; 5 mixed case; 6 no letter and no digit. The layer has no parameters: the layer above learns a vector
    for each class.
    """
    return Model("word_case", forward, dims={"nO": CLASSES})


def forward(model: Model[Words, Floats2d], words: Words, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], None]]:
    """Return one row per word; there is no gradient."""
    classes = [_case(text) for text in words.texts]
    return to_ops(model.ops, np.eye(CLASSES, dtype=np.float32)[classes]), lambda dY: None


def _case(text: str) -> int:
    if text.isdigit():
        return 1
    if text.islower():
        return 2
    if text.isupper():
        return 3
    if text[:1].isupper() and text[1:].islower():
        return 4
    if any(char.isalpha() for char in text):
        return 5
    return 0 if any(char.isdigit() for char in text) else 6
