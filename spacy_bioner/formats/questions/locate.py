"""The occurrences of an answer in a text."""

from __future__ import annotations

import re


def places(text: str, answer: str) -> list[int]:
    """Return the start of each occurrence of an answer, overlapping ones included; none for an empty answer."""
    found = []
    place = text.find(answer) if answer else -1
    while place >= 0:
        found.append(place)
        place = text.find(answer, place + 1)
    return found


def word_places(text: str, answer: str) -> list[tuple[int, int]]:
    """Return the (start, end) of the occurrences of an answer that start and end at word boundaries."""
    return [(start, start + len(answer)) for start in places(text, answer) if _whole(text, start, start + len(answer))]


def loose_places(text: str, answer: str) -> list[tuple[int, int]]:
    """Return the (start, end) of the occurrences of an answer as whole words, in any case and with any white space."""
    words = answer.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    return [match.span() for match in pattern.finditer(text) if _whole(text, *match.span())]


def _whole(text: str, start: int, end: int) -> bool:
    """Return whether a span starts and ends at word boundaries, which are not between two letters or digits."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not (before or after)
