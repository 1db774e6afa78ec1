"""Names that a text gives in brackets: "nifedipine (Adalat)", "phlorizin (P)"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from spacy.tokens import Span

_OPENING = re.compile(r"\s*[(\[]+")


def names_in_brackets(mentions: Iterable[Span]) -> dict[tuple[str, str], str]:
    """Return the other name of each (label, text) that stands directly before a bracket, or first in one.

    The two mentions must have one label, as two recognised entities side by side then are one thing. What a text says
    first counts.
    """
    spans = sorted(mentions, key=lambda span: (span.start, -span.end))
    text = spans[0].doc.text if spans else ""  # joins all tokens, so only once
    found: dict[tuple[str, str], str] = {}
    for i, first in enumerate(spans[:-1]):
        second = spans[i + 1]
        between = text[first.end_char : second.start_char]
        if first.label == second.label and first.end <= second.start and _OPENING.fullmatch(between):
            found.setdefault((second.label_, second.text), first.text)
            found.setdefault((first.label_, first.text), second.text)
    return found
