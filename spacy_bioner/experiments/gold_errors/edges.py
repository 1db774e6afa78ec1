"""Likely boundary errors: mentions that include, or leave out, a word at their edge unlike most similar mentions.

For the first and last word of each mention, and for the words just outside it, the places are counted where similar
mentions include this word, and where they leave it out:

    inside     [the breast cancer]       2 times
    outside    the [breast cancer]     200 times      the 2 are likely wrong

Mentions are similar if they are equal without this word; if there are few of these, any mention counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...text_tables import times
from .findings import Finding
from .words import String, Words

RELIABILITY = 0.9
"""Factor on the confidence: a longer mention is often a concept of its own."""

TIMES_STRING, TIMES_WORD = 3, 10
"""Minimum number of places for a word with the rest of its mention, and for a word with any mention."""


class _Edge(NamedTuple):
    """A place where a word is the edge of a mention (inside) or stands beside it.

    side: -1 left, 1 right. core: the mention without the word. first, last: the words of the mention as it is.
    """

    document: int
    mention: int
    side: int
    word: str
    core: String
    inside: bool
    first: int
    last: int


def edge_findings(documents: Sequence[Words]) -> Iterator[Finding]:
    """Yield mentions with an edge unlike that of most similar mentions, whose share is the confidence."""
    edges = [edge for number, one in enumerate(documents) for edge in _edges(number, one)]
    by_string = Counter((edge.side, edge.word, edge.core, edge.inside) for edge in edges)
    by_word = Counter((edge.side, edge.word, edge.inside) for edge in edges)
    for edge in edges:
        own = by_string[edge.side, edge.word, edge.core, edge.inside]
        other = by_string[edge.side, edge.word, edge.core, not edge.inside]
        if own + other < TIMES_STRING:
            own = by_word[edge.side, edge.word, edge.inside]
            other = by_word[edge.side, edge.word, not edge.inside]
            if own + other < TIMES_WORD:
                continue
        if other > own and not _opens_a_bracket(documents[edge.document], edge):
            yield _finding(documents[edge.document], edge, other, own)


def _edges(number: int, one: Words) -> Iterator[_Edge]:
    for mention, (first, last) in one.mentions.items():
        forms, core = one.forms, one.string(first, last)
        # The core of an inside word is the mention without it, the core of an outside word the whole mention. Thus the
        # places of a word inside and outside of similar mentions have the same core. A mention of one word has none.
        if last - first > 1:
            yield _Edge(number, mention, -1, forms[first], core[1:], True, first, last)
            yield _Edge(number, mention, 1, forms[last - 1], core[:-1], True, first, last)
        if first and not one.inside[first - 1]:
            yield _Edge(number, mention, -1, forms[first - 1], core, False, first, last)
        if last < len(forms) and not one.inside[last]:
            yield _Edge(number, mention, 1, forms[last], core, False, first, last)


def _moved(edge: _Edge) -> tuple[int, int]:
    """Return the words of the mention with the edge of most similar mentions."""
    # A word that should be outside is removed, one that should be inside is added.
    grown = -1 if edge.inside else 1
    first = edge.first - grown if edge.side < 0 else edge.first
    return first, edge.last + grown if edge.side > 0 else edge.last


def _opens_a_bracket(one: Words, edge: _Edge) -> bool:
    """Return whether the new edge would split a pair of brackets of a mention whose brackets are balanced."""
    first, last = _moved(edge)
    before, after = one.forms[edge.first : edge.last], one.forms[first:last]
    return before.count("(") == before.count(")") and after.count("(") != after.count(")")


def _finding(one: Words, edge: _Edge, other: int, own: int) -> Finding:
    first, last = _moved(edge)
    label = one.document.mentions[edge.mention].label
    where = "before" if edge.side < 0 else "after"
    there, here = ("outside", "inside") if edge.inside else ("inside", "outside")
    reason = f"'{edge.word}' {where} such a mention is {there} {times(other)}, {here} {times(own)}"
    place = (*one.characters(first, last), label)
    return Finding(edge.document, "boundary", edge.mention, place, RELIABILITY * other / (own + other + 1), reason)
