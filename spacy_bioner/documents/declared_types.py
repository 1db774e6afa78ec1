"""The types of mentions that the annotators of a document looked for.

A corpus of diseases says nothing of genes: outside there means "no Disease". A document that declares its types has
them in its meta, as ``annotated_types``: labels joined by ``|``, or a list of labels. So they survive every format that
holds meta (JSON lines, BioC, Parquet, DocBin), and ``n_process``. A document without them declares nothing: its
annotators looked for whatever label the corpus has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from spacy.tokens import Doc

from ..errors import BionerError
from .document import Document
from .gold import META, get_id, get_meta

TYPES = "annotated_types"
SEPARATOR = "|"


def read_types(meta: Mapping[str, Any], name: str = "") -> frozenset[str] | None:
    """Return the declared types of a document's meta, or None; name: its id. Raises B740 for what are no labels."""
    value = meta.get(TYPES)
    if value is None:
        return None
    labels = list(filter(None, value.split(SEPARATOR))) if isinstance(value, str) else value
    if not isinstance(labels, list | tuple) or not all(isinstance(one, str) and one for one in labels):
        raise BionerError("B740", id=name, value=value)
    return frozenset(labels)


def write_types(types: Iterable[str]) -> dict[str, str]:
    """Return the meta that declares these types. Raises B740 for a label that holds the separator."""
    labels = sorted(types)
    for label in labels:
        if not label or SEPARATOR in label:
            raise BionerError("B740", id="", value=label)
    return {TYPES: SEPARATOR.join(labels)}


def joined_types(documents: Iterable[Document], least: int = 1) -> frozenset[str] | None:
    """Return the types that at least ``least`` of several annotators of one text looked for; None for all types.

    documents: the text as each of them annotated it; one without declared types looked for all. Raises B740.
    """
    declared = [read_types(document.meta, document.id) for document in documents]
    of_all = declared.count(None)
    if of_all >= least:
        return None
    times = Counter(label for types in declared if types is not None for label in types)
    return frozenset(label for label, number in times.items() if of_all + number >= least)


def with_types(meta: Mapping[str, Any], types: Iterable[str] | None) -> dict[str, Any]:
    """Return a meta that declares these types in place of those that it has; None: no types. Raises B740."""
    others = {key: value for key, value in meta.items() if key != TYPES}
    return others if types is None else {**others, **write_types(types)}


def declared_types(doc: Doc) -> frozenset[str] | None:
    """Return the types that a Doc declares, or None. Raises B740."""
    meta = doc.user_data.get(META)
    return None if not meta or TYPES not in meta else read_types(meta, get_id(doc))


def declare_types(doc: Doc, types: Iterable[str]) -> None:
    """Declare the types of a Doc, in place of those that it has. Raises B740."""
    doc.user_data[META] = {**get_meta(doc), **write_types(types)}


def of_declared_types(found: Document, gold: Document) -> Document:
    """Return the predicted document without mentions of types that the gold does not declare. Raises B740."""
    types = read_types(gold.meta, gold.id)
    if types is None or all(mention.label in types for mention in found.mentions):
        return found
    return found.with_mentions(mention for mention in found.mentions if mention.label in types)
