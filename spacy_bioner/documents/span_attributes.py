"""Attributes of mentions from extensions of spans that other components set, such as ``span._.negex``.

ConText (medspaCy) and NegEx (negspacy) say of an entity whether it is negated, uncertain, historical or of another
person. They write their results into such extensions of the spans of ``doc.ents``:

    text        Denies    rash.                     mentions
    entity                rash                      Mention(7, 11, "ADR", attributes=(("Negated", ""),))
    extension             rash._.negex is True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from spacy.tokens import Doc, Span
from spacy.tokens.underscore import Underscore

from ..errors import BionerError
from .document import Mention

Extensions = Sequence[tuple[str, str]]
"""(extension of spans, name of the attribute) pairs, in the order in which a mention has the attributes."""


def with_attributes(doc: Doc, mentions: list[Mention], extensions: Extensions) -> list[Mention]:
    """Return the mentions with the attributes that the extensions of their spans give.

    True gives an attribute without value, another value that is not false its string; False, None, "" and 0 give none.
    The span is the one from the first to the last character of a mention; where it has nothing, the fragments are asked
    in their order. Raises B761.
    """
    if not extensions:
        return mentions
    check_extensions(extensions)
    found = []
    for mention in mentions:
        spans = [doc.char_span(start, end) for start, end in ((mention.start, mention.end), *mention.fragments)]
        held = [span for span in spans if span is not None]
        pairs = [
            (name, _words(value))
            for extension, name in extensions
            if (value := next(filter(None, (span._.get(extension) for span in held)), None)) is not None
        ]
        found.append(replace(mention, attributes=(*mention.attributes, *pairs)) if pairs else mention)
    return found


def check_extensions(extensions: Iterable[tuple[str, str]]) -> None:
    """Raise B761 for an extension that spans do not have: its component registers it when the pipeline is loaded."""
    for name, _ in extensions:
        if not Span.has_extension(name):
            raise BionerError("B761", name=name, known=", ".join(sorted(Underscore.span_extensions)) or "none")


def parse_attributes(text: str) -> tuple[tuple[str, str], ...]:
    """Return ``(("negex", "Negated"), ("is_past", "is_past"))`` of ``negex=Negated,is_past``; raises B762."""
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        extension, sign, name = (piece.strip() for piece in part.partition("="))
        if not extension or (sign and not name):
            raise BionerError("B762", given=text)
        pairs.append((extension, name or extension))
    return tuple(pairs)


def _words(value: Any) -> str:
    return "" if value is True else str(value)
