"""Entities as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..documents.document import Document, Mention
from ..errors import require

COLUMNS = ("document", "start", "end", "text", "label", "score", "concept")


def to_frame(documents: Iterable[Any], spans_key: str = "bioner") -> Any:
    """Return a pandas DataFrame with one row per entity and the columns COLUMNS, in document order.

    documents: Documents, or Docs of spaCy, whose ``doc.ents`` are taken with the scores of ``doc.spans[spans_key]``.
    concept: the first concept id, or None. Raises B900 if pandas is not installed.
    """
    pandas = require("pandas", "pandas")
    rows = []
    for number, item in enumerate(documents, 1):
        document = item if isinstance(item, Document) else _document(item, spans_key)
        name = document.id or str(number)
        rows += [_row(name, document, mention) for mention in document.mentions]
    return pandas.DataFrame(rows, columns=list(COLUMNS))


def _row(name: str, document: Document, mention: Mention) -> tuple[Any, ...]:
    concept = mention.concepts[0] if mention.concepts else None
    return name, mention.start, mention.end, document.text_of(mention), mention.label, mention.score, concept


def _document(doc: Any, spans_key: str) -> Document:
    from ..documents.doc_mentions import predicted_mentions
    from ..documents.gold import get_id

    return Document(doc.text, predicted_mentions(doc, spans_key), get_id(doc))
