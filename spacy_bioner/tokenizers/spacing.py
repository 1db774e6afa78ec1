"""Conversion of token offsets to the words and spaces of a spaCy Doc."""

from __future__ import annotations

from collections.abc import Iterable


def words_and_spaces(text: str, spans: Iterable[tuple[int, int]]) -> tuple[list[str], list[bool]]:
    """Return words and trailing-space flags whose Doc has exactly ``text``.

    spans: (start, end) of the tokens in text order, not overlapping, not empty. Text between them becomes tokens of its
    own, except one space after a token: spaCy's convention for white space.
    """
    #   text     a··b·c      (· is a space)     spans  [0 1) [3 4) [5 6)
    #   words    a | · | b | c                  "a" has its space; the second space is a token, without one
    #   spaces   T   F   T   F
    words: list[str] = []
    spaces: list[bool] = []
    end = 0
    for start, next_end in [*spans, (len(text), len(text))]:
        gap = text[end:start]
        if gap:
            if words and gap[0] == " ":
                spaces[-1] = True
                gap = gap[1:]
            if gap:
                words.append(gap)
                spaces.append(False)
        if next_end > start:
            words.append(text[start:next_end])
            spaces.append(False)
        end = next_end
    return words, spaces
