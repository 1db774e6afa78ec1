"""Terms that start or end inside tokens: ``anti-TNF``, ``5-HT2A-receptor``, compounds, languages without spaces."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Literal, TypeVar

from spacy.tokens import Doc

from ...documents.alignment import AlignmentPolicy
from ...documents.doc_tokens import token_edges
from ...normalise import Normaliser
from .index import Index
from .words import Words

InsideTokens = Literal["never", "parts", "anywhere"]
"""Where a term may start and end within a token. parts: where the kind of character changes (letter, digit, capital
after small letter, other), so that "ion" is not found in "station"."""

CharMatch = tuple[int, int, int]
"""First character of the text, one past the last, and the number of the key."""


_M = TypeVar("_M", bound=tuple[int, int, Any])


def find_inside(
    words: Words, forms: Sequence[str], index: Index, normaliser: Normaliser, where: InsideTokens
) -> list[CharMatch]:
    """Return the matches of keys that start or end within a word, by the characters of the Doc's text.

    forms: the normal form of each word. The normal form of the returned characters is exactly the key: a match that
    covers only a part of what a character stands for (a ligature, an accented letter) is rejected.
    """
    # Matches are found in the joined normal forms. ``align`` maps their ends back to characters of the text.
    joined = "".join(forms)
    ends = list(accumulate(map(len, forms)))
    text = words.doc.text
    matches = []
    for start, stop, key in sorted(index.find_inside(joined)):
        first, last = bisect_right(ends, start), bisect_left(ends, stop)
        offset, last_offset = ends[first] - len(forms[first]), ends[last] - len(forms[last])
        if (start == offset and stop == ends[last]) or _cuts_number(joined, start, stop):
            continue
        _, starts, _ = normaliser.align(words.text(first))
        _, _, stops = normaliser.align(words.text(last))
        begin = words.idx(first) + starts[start - offset]
        end = words.idx(last) + stops[stop - 1 - last_offset]
        if where == "parts" and not (_is_edge(text, begin) and _is_edge(text, end)):
            continue
        if normaliser.keys([text[begin:end]])[0] == joined[start:stop]:
            matches.append((begin, end, key))
    return matches


def _cuts_number(text: str, start: int, stop: int) -> bool:
    """Return whether an edge is between two digits: IL-2 is not found in IL-23."""
    return any(text[edge - 1 : edge].isdecimal() and text[edge : edge + 1].isdecimal() for edge in (start, stop))


def _is_edge(text: str, at: int) -> bool:
    """Return whether the kind of character changes at a position of a text."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if not (before.isalpha() and after.isalpha()):
        return not (before.isdecimal() and after.isdecimal())
    # small, capital: "antiTNF" has an edge; two small letters or two capitals have none
    if before.islower() or after.isupper():
        return before.islower() and after.isupper()
    # capital, small: "TNFalpha" has an edge after two capitals, "Aspirin" after one has none
    return text[max(at - 2, 0) : at].isupper() and at > 1 and text[at - 2].isalpha()


def fit_tokens(doc: Doc, matches: Iterable[_M], policy: AlignmentPolicy) -> list[tuple[int, int, _M]]:
    """Return (first token, one past the last, match) of the matches that fit tokens by a policy of ``alignment``.

    contract: the tokens wholly inside the match. expand: all tokens that it touches. strict: none, because each of
    these matches starts or ends within a token. Longest first, so that of matches that get the same tokens the longest
    comes first.
    """
    if policy == "strict":
        return []
    starts, ends = token_edges(doc)
    fitting = []
    for match in sorted(matches, key=lambda match: (match[0] - match[1], match[0])):
        if policy == "contract":
            first, last = bisect_left(starts, match[0]), bisect_right(ends, match[1])
        else:
            first, last = bisect_right(ends, match[0]), bisect_left(starts, match[1])
        while first < last and doc[first].is_space:
            first += 1
        while first < last and doc[last - 1].is_space:
            last -= 1
        if first < last:
            fitting.append((first, last, match))
    return fitting
