"""The text of a pair with marked mentions, and the part of it that a transformer reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from .pair import Entity, Pair

Style = Literal["replace", "typed"]
Range = tuple[int, int]


class MarkedText(NamedTuple):
    """A text and the characters of its two marked mentions, the first in the text first."""

    text: str
    first: Range
    second: Range


def mark(pair: Pair, style: Style, marks: Mapping[str, str]) -> MarkedText:
    """Return the text of a pair.

    ``replace`` replaces each mention by the mark of its type, from ``marks`` or ``@TYPE$``, so that the network must
    decide from the sentence and not from the names (BioBERT, Lee et al. 2019). ``typed`` keeps the mentions between
    punctuation marks, the head as ``@ * type * words @``, the tail as ``# ^ type ^ words #`` (Zhou & Chen 2022, typed
    entity markers with punctuation):

        replace     @CHEMICAL$ caused severe @DISEASE$ .
        typed       @ * chemical * Aspirin @ caused severe # ^ disease ^ rash # .
    """
    doc, head, tail = pair.doc, pair.head, pair.tail
    first, second = sorted((head, tail))
    begin, end = doc[pair.start].idx, doc[pair.end - 1].idx + len(doc[pair.end - 1])
    text, offset = doc.text, 0
    parts: list[str] = []
    ranges: list[Range] = []
    at = begin
    for entity in (first, second):
        start, stop = doc[entity.start].idx, doc[entity.end - 1].idx + len(doc[entity.end - 1])
        words = _replaced(entity, marks) if style == "replace" else _typed(entity, text[start:stop], entity is head)
        parts += [text[at:start], words]
        offset += start - at
        ranges.append((offset, offset + len(words)))
        offset += len(words)
        at = stop
    parts.append(text[at:end])
    return MarkedText("".join(parts), ranges[0], ranges[1])


def _replaced(entity: Entity, marks: Mapping[str, str]) -> str:
    return marks.get(entity.label, f"@{entity.label.upper()}$")


def _typed(entity: Entity, words: str, is_head: bool) -> str:
    outer, inner = ("@", "*") if is_head else ("#", "^")
    return f"{outer} {inner} {entity.label.lower()} {inner} {words} {outer}"


def window(pieces: int, first: Range, second: Range, most: int) -> list[Range]:
    """Return the runs of pieces to read of a text: all of it, ``most`` around the pair, or half around each mention.

    first, second: the pieces of the mentions, in order.

        pair within ``most``     ....[......first.......second......]....       one run, centred on the pair
        else                     ..[....first....]....[....second....]..        two halves; pieces between are left out
    """
    if pieces <= most:
        return [(0, pieces)]
    span = second[1] - first[0]
    if span <= most:
        start = min(max(0, first[0] - (most - span) // 2), pieces - most)
        return [(start, start + most)]
    half = most // 2
    runs = []
    for low, high in (first, second):
        start = min(max(0, (low + high - half) // 2), pieces - half)
        runs.append((start, start + half))
    (a, b), (c, d) = runs
    # Halves that meet are one run, so that no piece is read twice.
    return runs if b < c else [(a, max(b, d))]
