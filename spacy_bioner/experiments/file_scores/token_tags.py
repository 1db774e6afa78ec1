"""Two sets of files as tags of the same tokens, for scorers that read tags (``tag_scores``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...documents.document import Document
from ...documents.spaceless import characters_before
from ...errors import BionerError
from ...formats.conll_rows import STORE
from ...spans import leftmost_longest
from ...tags import OUTSIDE, encode
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

    All tokens of a document that the set lacks are tagged O. Mentions of types that the gold document does not declare
    are left out. Raises B873 for a gold document without tokens.
    """
    result = TokenTags()
    for given in matches:
        match = given.on_declared_types()
        tokens = _tokens(match.gold)
        if tokens is None:
            raise BionerError("B873", id=match.gold.id)
        for side, document in enumerate((match.gold, match.found[i])):
            tags, untagged = ([], 0) if document is None else _tags(document, tokens)
            (result.found if side else result.gold).append(tags or [OUTSIDE] * len(tokens))
            result.untagged[side] += untagged
    return result


def _tokens(document: Document) -> list[tuple[int, int]] | None:
    """Return the tokens, in characters that are not white space."""
    if document.tokens is None:
        return None
    before = characters_before(document.text)
    return [(before[start], before[end]) for start, end in document.tokens]


def _tags(document: Document, tokens: list[tuple[int, int]]) -> tuple[list[str], int]:
    """Return the tags of tokens, and the number of mentions that tags cannot represent."""
    first = {start: k for k, (start, _) in enumerate(tokens)}
    last = {end: k + 1 for k, (_, end) in enumerate(tokens)}
    mentions = without_spaces(document).mentions
    spans = [
        (first[one.start], last[one.end], one.label)
        for one in mentions
        if not one.fragments and one.start < one.end and one.start in first and one.end in last
    ]
    flat = [spans[k] for k in leftmost_longest(spans)]
    tags = encode(flat, len(tokens))
    kept = document.extra.get(STORE, {})
    if "tags" in kept and kept.get("scheme", "BIO") == "BIO" and _tokens(document) == tokens:
        # Invalid sequences (I after O) are not repaired, because strict and lenient scores differ in how they read
        # them. Only B and I are those of the file: mentions may have been left out or renamed since.
        tags = [
            f"{own[0]}{tag[1:]}" if tag != OUTSIDE and own.startswith(("B", "I")) else OUTSIDE
            for tag, own in zip(tags, kept["tags"], strict=True)
        ]
    return tags, len(mentions) - len(flat)
