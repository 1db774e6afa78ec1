"""Offsets that do not count white space: texts that differ in white space only have the same ones.

text      "a  b c"    before    0 1 1 1 2 2 3    span [3, 6) "b c": characters 1 and 2, [1, 3)
another   "a b  c"    places    0 2 5            from places[1] = 2 to places[2] + 1 = 6: "b  c"
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from .document import Mention, Spans


def characters_before(text: str) -> list[int]:
    """Return the number of characters that are not white space before each character, and in the whole text.

    The result has one element more than the text has characters.
    """
    return list(accumulate((not char.isspace() for char in text), initial=0))


def without_spaces(mentions: Iterable[Mention], text: str) -> list[Mention]:
    """Return mentions of a text, in their order, with offsets that count characters that are not white space.

    Fragments of white space alone are left out. A mention of white space alone becomes empty: its start is its end.
    """
    before = characters_before(text)
    moved = []
    for mention in mentions:
        parts = tuple((before[start], before[end]) for start, end in mention.parts)
        moved.append(_with_parts(mention, tuple(part for part in parts if part[0] < part[1]) or parts[:1]))
    return moved


def with_spaces(mentions: Iterable[Mention], text: str) -> list[Mention]:
    """Return mentions that ``without_spaces`` made at their offsets in a text; empty ones are left out."""
    places = [i for i, char in enumerate(text) if not char.isspace()]
    return [
        _with_parts(mention, tuple((places[start], places[end - 1] + 1) for start, end in mention.parts))
        for mention in mentions
        if mention.start < mention.end
    ]


def _with_parts(mention: Mention, parts: Spans) -> Mention:
    return replace(mention, start=parts[0][0], end=parts[-1][1], fragments=parts if len(parts) > 1 else ())
