"""Two sets of files as tags of the same tokens, for scorers that read tags (``tag_scores``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from ...documents.document import Document
from ...errors import BionerError
from ...formats.conll import STORE
from ...spans import leftmost_longest
from ...tags import encode
from .matching import Match, without_spaces


@dataclass(slots=True)
class TokenTags:
    """BIO tags of the gold and of one set on the tokens of the gold, one sequence per document.

    untagged: numbers of mentions of the gold and of the set that these tags cannot represent.
    """

    gold: list[list[str]] = field(default_factory=list)
    found: list[list[str]] = field(default_factory=list)
    untagged: list[int] = field(default_factory=lambda: [0, 0])


def token_tags(matches: Sequence[Match], i: int) -> TokenTags:
    """Return the tags of the gold and of set ``i``. Invalid tag sequences of column files are kept.

    All tokens of a document that the set lacks are tagged O. Raises B873 for a gold document without tokens.
    """
    result = TokenTags()
    for match in matches:
        tokens = _tokens(match.gold)
        if tokens is None:
            raise BionerError("B873", id=match.gold.id)
        for side, document in enumerate((match.gold, match.found[i])):
            tags, untagged = ([], 0) if document is None else _tags(document, tokens)
            (result.found if side else result.gold).append(tags or ["O"] * len(tokens))
            result.untagged[side] += untagged
    return result


def _tokens(document: Document) -> list[tuple[int, int]] | None:
    """Return the tokens, in characters that are not white space."""
    if document.tokens is None:
        return None
    places = list(accumulate((not char.isspace() for char in document.text), initial=0))
    return [(places[start], places[end]) for start, end in document.tokens]


def _tags(document: Document, tokens: list[tuple[int, int]]) -> tuple[list[str], int]:
    """Return the tags of tokens, and the number of mentions that tags cannot represent."""
    kept = document.extra.get(STORE, {})
    # Invalid sequences (I after O) are not repaired, because strict and lenient scores differ in how they read them.
    if "tags" in kept and kept.get("scheme", "BIO") == "BIO" and _tokens(document) == tokens:
        return [tag if tag[:1] in "BI" else "O" for tag in kept["tags"]], 0
    first = {start: k for k, (start, _) in enumerate(tokens)}
    last = {end: k + 1 for k, (_, end) in enumerate(tokens)}
    mentions = without_spaces(document).mentions
    spans = [
        (first[one.start], last[one.end], one.label)
        for one in mentions
        if not one.fragments and one.start in first and one.end in last
    ]
    flat = [spans[k] for k in leftmost_longest(spans)]
    return encode(flat, len(tokens)), len(mentions) - len(flat)
