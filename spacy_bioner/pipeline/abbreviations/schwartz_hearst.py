"""Abbreviation definitions in a text: short forms and their long forms (Schwartz & Hearst 2003).

"adenomatous polyposis coli (APC)" or "APC (adenomatous polyposis coli)": the letters and digits of the short form
must occur in the long form in the same order, and the first must begin a word. They are searched from right to left,
which finds the shortest long form:

    ... of adenomatous polyposis coli (APC)         C  the last c before the bracket: Coli
           A           P         C                  P  the last p before that: Polyposis
                                                    A  the last a before that which begins a word: Adenomatous
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_CLOSING = {"(": ")", "[": "]"}
_MAX_SHORT = 10
"""Characters of a short form (their section 2.1)."""


class Abbreviation(NamedTuple):
    """A definition: the token spans of the short and the long form; ends are exclusive."""

    short_start: int
    short_end: int
    long_start: int
    long_end: int


def find_abbreviations(words: Sequence[str]) -> Iterator[Abbreviation]:
    """Yield the definitions in the tokens of a text, in order. Brackets must be tokens of their own."""
    for i, word in enumerate(words):
        if word in _CLOSING and i:
            found = _in_brackets(words, i)
            if found is not None:
                yield found


def find_occurrences(
    words: Sequence[str], definitions: Sequence[Abbreviation]
) -> Iterator[tuple[int, int, Abbreviation]]:
    """Yield (first token, one past the last, definition) of each occurrence of a defined short form, in text order.

    definitions: of the text, in order. If a short form is defined twice, an occurrence has the last definition before
    it, or else the first after it.
    """
    of_short: dict[tuple[str, ...], list[Abbreviation]] = {}
    for found in definitions:
        of_short.setdefault(tuple(words[found.short_start : found.short_end]), []).append(found)
    # One look-up per position and length. There are few lengths, but a document may define a thousand short forms.
    lengths = sorted({len(short) for short in of_short})
    for i in range(len(words) if of_short else 0):
        for length in lengths:
            same = of_short.get(tuple(words[i : i + length]))
            if same:
                before = bisect_right(same, i, key=lambda found: found.short_start)
                yield i, i + length, same[max(0, before - 1)]


def _in_brackets(words: Sequence[str], opening: int) -> Abbreviation | None:
    """Return the definition whose bracket opens at this token; the short form is inside, or else before it."""
    closing = _CLOSING[words[opening]]
    inside = opening + 1
    end = inside
    # A short form ends at a comma or semicolon too: "(APC; Table 2)". Without the limit of 40 tokens each bracket that
    # is never closed would be followed to the end of the text.
    while end < len(words) and end - inside < 40 and words[end] not in (closing, ";", ",", words[opening]):
        end += 1
    if end == len(words) or end == inside:
        return None
    if _may_be_short(words[inside:end]):
        limit = _long_limit(words[inside:end])
        start = _long_start(words[inside:end], words, _back(words, opening, limit), opening)
        if start is not None:
            return Abbreviation(inside, end, start, opening)
    before = opening - 1
    if _may_be_short(words[before:opening]) and words[end] == closing:
        start = _long_start(words[before:opening], words, inside, end)
        if start == inside and _count(words[inside:end]) <= _long_limit(words[before:opening]):
            return Abbreviation(before, opening, inside, end)
    return None


def _may_be_short(words: Sequence[str]) -> bool:
    text = "".join(words)
    return (
        2 <= len(text) <= _MAX_SHORT
        and text[0].isalnum()
        and any(map(str.isalpha, text))
        and _count(words) <= 2
        and text != text.lower()
    )


def _long_limit(short: Sequence[str]) -> int:
    """Return the maximum number of words of the long form: min(|A| + 5, 2 |A|), |A| the short form's characters."""
    size = len("".join(short))
    return min(size + 5, 2 * size)


def _count(words: Sequence[str]) -> int:
    """Count the words: tokens with a letter or digit."""
    return sum(any(map(str.isalnum, word)) for word in words)


def _back(words: Sequence[str], end: int, limit: int) -> int:
    """Return the first token of the search window: the maximum number of words before ``end``, within the sentence."""
    start = end
    while start and limit and words[start - 1] not in (".", ";", "(", ")", "[", "]"):
        start -= 1
        limit -= any(map(str.isalnum, words[start]))
    return start


def _long_start(short: Sequence[str], words: Sequence[str], start: int, end: int) -> int | None:
    """Return the token at which the shortest long form in ``words[start:end]`` begins, or None."""
    # `left` is the place of a letter in the short form. Inner letters may match anywhere; the first (left = 0) must
    # begin a word, so the search goes on to the left past letters that match but do not.
    letters = [char for char in "".join(short).lower() if char.isalnum()]
    token, place = end, 0
    for left, letter in reversed(list(enumerate(letters))):
        while True:
            if place == 0:
                token -= 1
                if token < start:
                    return None
                place = len(words[token])
            place -= 1
            word = words[token].lower()
            if word[place : place + 1] == letter and (left or _begins_word(word, place)):
                break
    # Two checks of their program: a long form that is no longer than the short one, or that contains it, defines
    # nothing.
    longer = sum(map(len, words[token:end])) > len("".join(short))
    repeats = any(word == "".join(short) for word in words[token:end])
    return token if longer and not repeats else None


def _begins_word(word: str, place: int) -> bool:
    return place == 0 or not word[place - 1].isalnum()
