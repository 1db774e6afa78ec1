"""Abbreviations on a Doc: ``doc.spans["bioner_abbreviations"]``, which survives bytes, DocBin and ``n_process``.

The group contains, for each definition, the long form (label ``long``) and every occurrence of the short form (label
``short``); the spans of a definition share their ``id_``: A1, A2, ... in the order of the definitions. The long form
stands first among them: ``Doc.from_docs`` keeps this order and the ids, so that those of several Docs are told apart.
``doc._.abbreviations`` is a view of the group; nothing is stored in ``doc.user_data``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from spacy.tokens import Doc, Span, SpanGroup

from ...errors import BionerError

ABBREVIATIONS_KEY = "bioner_abbreviations"
EXTENSION = "abbreviations"
SHORT, LONG = "short", "long"


class AbbreviationSpans(NamedTuple):
    """An occurrence of a short form, and the long form that the text defines for it."""

    short: Span
    long: Span


def set_abbreviations(doc: Doc, found: Iterable[AbbreviationSpans]) -> None:
    """Replace the abbreviations of a Doc; pairs with the same long span belong to one definition."""
    register_extension()
    pairs = sorted(found, key=lambda pair: (pair.short.start, pair.short.end))
    if not pairs:
        doc.spans.pop(ABBREVIATIONS_KEY, None)
        return
    names: dict[tuple[int, int], str] = {}
    spans = []
    for short, long in pairs:
        place = (long.start, long.end)
        if place not in names:
            names[place] = f"A{len(names) + 1}"
            spans.append(Span(doc, *place, label=LONG, span_id=names[place]))
        spans.append(Span(doc, short.start, short.end, label=SHORT, span_id=names[place]))
    doc.spans[ABBREVIATIONS_KEY] = SpanGroup(doc, name=ABBREVIATIONS_KEY, spans=spans)


def get_abbreviations(doc: Doc) -> list[AbbreviationSpans]:
    """Return the short forms of a Doc with their long forms, in text order; [] if none were set.

    Raises B680 for a group in which a short form has no long form.
    """
    group = list(doc.spans.get(ABBREVIATIONS_KEY, ()))
    if not group:
        return []
    #   group of two joined Docs    long A1, short A1, short A1, long A1, short A1
    #   a short form has the last long form of its id before it; in a group made otherwise, else the first after it
    longs = {span.id: span for span in reversed(group) if span.label_ == LONG}
    found = []
    for span in group:
        if span.label_ == LONG:
            longs[span.id] = span
        elif span.label_ == SHORT:
            if span.id not in longs:
                raise BionerError("B680", key=ABBREVIATIONS_KEY, short=span.text, start=span.start)
            found.append(AbbreviationSpans(span, longs[span.id]))
    return found


def register_extension() -> None:
    """Register ``doc._.abbreviations``, unless an extension of that name exists."""
    if not Doc.has_extension(EXTENSION):
        Doc.set_extension(EXTENSION, getter=get_abbreviations, setter=set_abbreviations)
