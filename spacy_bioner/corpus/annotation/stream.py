"""Annotation of a stream of documents by a pipeline, at the offsets of the documents' own texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from spacy.language import Language
from spacy.tokens import Doc

from ...errors import BionerError
from ...formats.brat.rendering import STORE as BRAT
from ...formats.doc_mentions import predicted_mentions
from ...formats.doc_relations import named_relations
from ...formats.doc_tokens import doc_of_tokens
from ...formats.document import Document, Relation
from ...formats.gold import spans_of

BATCH = 256
"""Documents that go through the pipeline at once, where none is told."""

Failed = Callable[[Document, Exception], None]


@dataclass(frozen=True, slots=True)
class Selection:
    """The selection of a pipeline's entities. Raises B413 for a threshold that is not a probability.

    threshold: minimum score of entities; entities without a score are kept.
    labels: only these; None for all.
    keep: keep the documents' own mentions and add the new ones, without duplicates.
    """

    threshold: float | None = None
    labels: tuple[str, ...] | None = None
    keep: bool = False

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise BionerError("B413", threshold=self.threshold)


def check_pipeline(nlp: Language, labels: Sequence[str] | None = None) -> None:
    """Raise B272 for a pipeline that sets no entities, B273 for labels that none of its components can give."""
    setters = [
        name
        for name in nlp.pipe_names
        if any(place.startswith(("doc.ents", "doc.spans")) for place in nlp.get_pipe_meta(name).assigns)
    ]
    if not setters:
        raise BionerError("B272", components=", ".join(nlp.pipe_names) or "none")
    known = {label for name in setters for label in nlp.pipe_labels.get(name, ())}
    unknown = [label for label in labels or () if known and label not in known]
    if unknown:
        raise BionerError("B273", label=unknown[0], known=", ".join(sorted(known)))


def annotate(
    nlp: Language,
    documents: Iterable[Document],
    selection: Selection | None = None,
    *,
    batch_size: int | None = None,
    failed: Failed | None = None,
) -> Iterator[Document]:
    """Yield the documents with the entities and relations of a pipeline in place of their own, in their order.

    batch_size: of ``nlp.pipe``; by default that of the pipeline.
    failed: called with a document on which the pipeline fails and the exception; by default the exception is raised.

    Documents with tokens keep them. The offsets are those of ``Document.text``; a tokenizer that changes texts raises
    B139. The score of an entity is the one that its component set in ``doc.spans["bioner"]``. A relation of which a
    mention was not taken is left out; mentions of relations have ids, T1, T2, ... where they had none.
    """
    selection = selection or Selection()
    stream = iter(documents)
    while batch := list(islice(stream, max(BATCH, batch_size or 0))):
        yield from _batch(nlp, batch, selection, batch_size, failed)


def _batch(
    nlp: Language, batch: list[Document], selection: Selection, batch_size: int | None, failed: Failed | None
) -> Iterator[Document]:
    """Annotate a batch at once or, where the pipeline fails on it, a document at a time."""
    try:
        docs = nlp.pipe((_input(nlp, document) for document in batch), batch_size=batch_size)
        found = [_with_entities(document, doc, selection) for document, doc in zip(batch, docs, strict=True)]
    except Exception:
        if failed is None:
            raise
        found = []
        for document in batch:
            try:
                found.append(_with_entities(document, nlp(_input(nlp, document)), selection))
            except Exception as err:
                failed(document, err)
    yield from found


def _input(nlp: Language, document: Document) -> str | Doc:
    if document.tokens is None:
        return document.text
    return doc_of_tokens(document, nlp.vocab)


def _with_entities(document: Document, doc: Doc, selection: Selection) -> Document:
    _check_text(document, doc)
    found = [
        mention
        for mention in predicted_mentions(doc)
        if (selection.labels is None or mention.label in selection.labels)
        and (selection.threshold is None or mention.score is None or mention.score >= selection.threshold)
    ]
    if not selection.keep:
        # brat's lines refer to the replaced mentions; the extras of other formats (passages, settings) stay valid.
        extra = {name: value for name, value in document.extra.items() if name != BRAT}
        found, relations = named_relations(doc, found)
        return replace(document, mentions=found, relations=relations, extra=extra)
    there = spans_of(document.mentions)
    added = [mention for mention in found if not spans_of([mention]) & there]
    mentions, relations = named_relations(doc, [*document.mentions, *added])
    known = {_related(relation) for relation in document.relations}
    taken = {relation.id for relation in document.relations}
    free = (name for name in (f"R{number}" for number in count(1)) if name not in taken)
    new = [replace(one, id=next(free)) for one in relations if _related(one) not in known]
    return replace(document, mentions=mentions, relations=[*document.relations, *new])


def _related(relation: Relation) -> tuple[str, tuple[str, ...]]:
    return relation.label, tuple(target for _, target in relation.arguments)


def _check_text(document: Document, doc: Doc) -> None:
    """Raise B139 where a tokenizer changed the text.

    ``doc.text`` joins all tokens at each call, which costs a fifth of the tokenizer's time. So only the length and the
    text of each entity are compared.
    """
    last = doc[-1] if len(doc) else None
    length = last.idx + len(last.text_with_ws) if last is not None else 0
    text = document.text
    if length != len(text) or any(ent.text != text[ent.start_char : ent.end_char] for ent in doc.ents):
        raise BionerError("B139", id=document.id)
