"""Annotation of a stream of documents by a pipeline, at the offsets of the documents' own texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, islice
from typing import NamedTuple

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from ...documents.declared_types import TYPES, read_types, with_types
from ...documents.doc_mentions import predicted_mentions
from ...documents.doc_questions import ANSWERS_KEY, found_question, set_question
from ...documents.doc_relations import RELATIONS_KEY
from ...documents.doc_tokens import doc_of_tokens
from ...documents.document import Document, Relation, check_documents
from ...documents.gold import spans_of
from ...documents.named_relations import named_relations
from ...documents.span_attributes import check_extensions, with_attributes
from ...errors import BionerError
from ...formats.brat.rendering import STORE as BRAT
from ...pipeline.outputs import Outputs, outputs_of
from .counts import Counts

BATCH = 256
"""Default number of documents that are passed to the pipeline at once."""

KEPT_WORDS = 100_000
"""Vocabulary size (about 50 MB) from which on the words that are new in a batch are freed after it."""

Failed = Callable[[Document, Exception], None]


class Annotated(NamedTuple):
    """A document as a pipeline annotated it, and what it does not say itself.

    tokens: those of its Doc. left_out: relations found of which a mention is not written. answered: whether the
    pipeline answered its question.
    """

    document: Document
    tokens: int
    left_out: int = 0
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of a pipeline's entities become mentions. Raises B413 for a threshold that is not a probability.

    threshold: minimum score of an entity; entities without a score are kept.
    labels: the labels to keep; None for all.
    keep: keep the documents' own mentions and add the new ones, without duplicates.
    attributes: (span extension, name) pairs, from which the mentions get attributes: see ``documents.span_attributes``.
    """

    threshold: float | None = None
    labels: tuple[str, ...] | None = None
    keep: bool = False
    attributes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise BionerError("B413", threshold=self.threshold)


def check_pipeline(
    nlp: Language, labels: Sequence[str] | None = None, attributes: Iterable[tuple[str, str]] = ()
) -> Outputs:
    """Return what the components predict.

    attributes: those of a ``Selection``.

    Raises B272 for a pipeline that gives neither entities nor answers, B273 for a label that none of its components
    gives to entities, and B761 for a span extension that no component registered.
    """
    check_extensions(attributes)
    outputs = outputs_of(nlp)
    if not (outputs.entities or outputs.answers):
        raise BionerError("B272", components=", ".join(nlp.pipe_names) or "none")
    # A component may not know the labels that it will give; the type of a relation is none of them even then.
    known = outputs.labels
    unknown = [one for one in labels or () if one not in known and (known or one in outputs.relations)]
    if unknown:
        raise BionerError("B273", label=unknown[0], known=", ".join(known) or "the labels of its entities")
    return outputs


def annotate(
    nlp: Language,
    documents: Iterable[Document],
    selection: Selection | None = None,
    *,
    batch_size: int | None = None,
    failed: Failed | None = None,
    forget: bool = False,
    counts: Counts | None = None,
) -> Iterator[Document]:
    """Yield the documents in their order, with a pipeline's entities and relations in place of their own.

    batch_size: batch size of ``nlp.pipe``; by default that of the pipeline.
    failed: called with a document on which the pipeline fails and the exception; by default the exception is raised.
    forget: free the memory of words that are new in a batch at its end (``Language.memory_zone``), once the pipeline
        knows 100,000 words. Not allowed while other threads use the pipeline, nor inside a memory zone.
    counts: to which the documents are added.

    Documents with tokens keep them. Offsets are those of ``Document.text``; a tokenizer that changes texts raises B139.
    The score of an entity is the one that its component set in ``doc.spans["bioner"]``. A relation is left out, and
    counted, if one of its mentions is not selected; mentions of relations that have no id are numbered T1, T2, ... If a
    document has a question and the pipeline a component that answers questions, the predicted answers replace the
    document's. If a document declares the types of its mentions (``documents.declared_types``), it declares those that
    the pipeline looks for in their place; with ``keep``, both. Raises B255 for what is no Document.
    """
    selection = selection or Selection()
    looked_for = cache(lambda: frozenset(outputs_of(nlp).labels if selection.labels is None else selection.labels))
    stream = check_documents(documents)
    while batch := list(islice(stream, max(BATCH, batch_size or 0))):
        # Inside a memory zone spaCy's tokenizer does not cache. The zones start late, so that common words are cached
        # before and only the rare words of each batch are freed.
        with nlp.memory_zone() if forget and len(nlp.vocab) >= KEPT_WORDS else nullcontext():
            found = _batch(nlp, batch, selection, batch_size, failed)
        for one in found:
            if counts is not None:
                counts.document(one.document, one.tokens, one.left_out, one.answered)
            yield (
                _declared_anew(one.document, looked_for(), selection.keep)
                if TYPES in one.document.meta
                else one.document
            )


def _batch(
    nlp: Language, batch: list[Document], selection: Selection, batch_size: int | None, failed: Failed | None
) -> list[Annotated]:
    """Annotate a batch at once or, if the pipeline fails on it, one document at a time, to find the one at fault."""
    exact = isinstance(nlp.tokenizer, Tokenizer)
    try:
        docs = nlp.pipe((_input(nlp, document) for document in batch), batch_size=batch_size)
        pairs = zip(batch, docs, strict=True)
        return [_with_entities(document, doc, selection, exact) for document, doc in pairs]
    except Exception:
        if failed is None:
            raise
    found = []
    for document in batch:
        try:
            doc = nlp(_input(nlp, document))
            found.append(_with_entities(document, doc, selection, exact))
        except Exception as err:
            failed(document, err)
    return found


def _input(nlp: Language, document: Document) -> str | Doc:
    if document.question is None:
        return document.text if document.tokens is None else doc_of_tokens(document, nlp.vocab)
    doc = nlp.make_doc(document.text) if document.tokens is None else doc_of_tokens(document, nlp.vocab)
    set_question(doc, replace(document.question, answers=(), impossible=False))
    return doc


def _with_entities(document: Document, doc: Doc, selection: Selection, exact: bool) -> Annotated:
    _check_text(document, doc, exact)
    answered = False
    if ANSWERS_KEY in doc.spans and (question := found_question(doc)) is not None:
        document, answered = replace(document, question=question), bool(question.answers)
    stated = len(doc.spans[RELATIONS_KEY]) // 2 if RELATIONS_KEY in doc.spans else 0
    found = with_attributes(doc, predicted_mentions(doc), selection.attributes)
    if selection.labels is not None:
        found = [mention for mention in found if mention.label in selection.labels]
    if selection.threshold is not None:
        found = [mention for mention in found if mention.score is None or mention.score >= selection.threshold]
    if not selection.keep:
        # What brat files have besides mentions refers to the replaced ones; the extras of other formats stay valid.
        extra = {name: value for name, value in document.extra.items() if name != BRAT}
        found, relations = named_relations(doc, found) if stated else (found, [])
        # The same as `replace`, in a quarter of its time.
        new = Document(
            document.text,
            found,
            document.id,
            document.tokens,
            document.sentences,
            document.meta,
            extra,
            relations,
            document.question,
        )
        return Annotated(new, len(doc), stated - len(relations), answered)
    # An entity with the span and label of one of the document's own mentions is not added; its relations then refer to
    # that mention. A relation that the document already has is not added either.
    own = spans_of(document.mentions)
    added = [mention for mention in found if not spans_of([mention]) & own]
    mentions, relations = named_relations(doc, [*document.mentions, *added])
    known = {_related(relation) for relation in document.relations}
    taken = {relation.id for relation in document.relations}
    free = (name for name in (f"R{number}" for number in count(1)) if name not in taken)
    added_relations = [replace(one, id=next(free)) for one in relations if _related(one) not in known]
    whole = replace(document, mentions=mentions, relations=[*document.relations, *added_relations])
    return Annotated(whole, len(doc), stated - len(relations), answered)


def _declared_anew(document: Document, types: frozenset[str], keep: bool) -> Document:
    """Return the document with the types that the pipeline looks for, or, with ``keep``, with its own, too."""
    if keep:
        types |= read_types(document.meta, document.id) or frozenset()
        types |= {mention.label for mention in document.mentions}
    # If no label is known, nor is what a component looks for, and a document declares nothing.
    return replace(document, meta=with_types(document.meta, types or None))


def _related(relation: Relation) -> tuple[str, tuple[str, ...]]:
    return relation.label, tuple(target for _, target in relation.arguments)


def _check_text(document: Document, doc: Doc, exact: bool) -> None:
    """Raise B139 if the tokenizer changed the text. exact: the tokenizer is spaCy's, which never does."""
    # To compare ``doc.text``, which joins all tokens, would add a fifth to the tokenizer's time. The length and, for
    # tokenizers other than spaCy's, the text of each entity are enough to find shifted offsets.
    last = doc[-1] if len(doc) else None
    length = last.idx + len(last.text_with_ws) if last is not None else 0
    text = document.text
    if length != len(text) or not (exact or all(e.text == text[e.start_char : e.end_char] for e in doc.ents)):
        raise BionerError("B139", id=document.id)
