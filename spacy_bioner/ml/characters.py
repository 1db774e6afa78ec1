"""Words as rows of a character table."""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from thinc.api import Ops
from thinc.types import Floats2d

from .arrays import to_ops
from .named_rows import NamedRows

PADDING, UNKNOWN = 0, 1  # row 0 is kept zero; row 1 stands for every character without a row
SPECIAL = ("<pad>", "<unk>")
ALWAYS = string.ascii_letters + string.digits + string.punctuation


def character_rows(words: Iterable[str]) -> NamedRows:
    """Name a row for each printable ASCII character and for each other character that two or more of the words hold.

    A character that occurs in a single word shares the row of unknown characters, which learns from these.
    """
    seen = Counter(char for word in set(words) for char in set(word))
    frequent = sorted(char for char, count in seen.items() if count > 1 and char not in ALWAYS)
    return NamedRows([*SPECIAL, *ALWAYS, *frequent])


def spell(words: Sequence[str], rows: NamedRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the characters of all words, concatenated, and the length of each word.

    An empty word is spelt as one unknown character, so that no sequence is empty.
    """
    words = [word or "\0" for word in words]
    index = rows.index
    spelling = np.array([index.get(char, UNKNOWN) for word in words for char in word], dtype=np.int64)
    return spelling, np.array([len(word) for word in words], dtype=np.int64)


def init_characters(ops: Ops, rows: int, dim: int) -> Floats2d:
    """Return character vectors drawn uniformly between +-sqrt(3 / dim), of unit length on average; the padding is 0."""
    bound = math.sqrt(3 / dim)
    E = np.random.uniform(-bound, bound, (rows, dim)).astype(np.float32)
    E[PADDING] = 0.0
    return to_ops(ops, E)
