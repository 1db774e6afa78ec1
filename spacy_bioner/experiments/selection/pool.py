"""The next texts to annotate, chosen from a pool by a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ...corpus.annotation.stream import annotate
from ...documents.doc_tokens import doc_of_tokens
from ...documents.document import Document
from ...errors import BionerError
from .choice import Budget, Candidate, choose, choose_at_random
from .informativeness import BATCH, Informativeness, check_strategy

Failed = Callable[[Document, Exception], None]
Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to annotate: its index in the pool, its words, and its gain, None for the strategy ``random``."""

    number: int
    words: int
    gain: float | None


def suggest(
    nlp: Language | None,
    pool: Sequence[Document],
    budget: Budget,
    strategy: str = "entropy",
    seed: int = 0,
    *,
    failed: Failed | None = None,
    tick: Tick | None = None,
) -> list[Suggestion]:
    """Return the texts of the pool to annotate next, the most informative first.

    nlp: the pipeline; not used by the strategy ``random``. seed: seed of the strategy ``random``. failed: called with a
    document on which the pipeline fails, which is left out; by default the exception is raised. tick: called with the
    number of documents of each batch.

    Raises B720, B721 and B722 for a strategy that is unknown or needs another pipeline, B809 for a text that is too
    long for the pipeline.
    """
    check_strategy(strategy)
    if strategy == "random" or nlp is None:
        words = [number_of_words(document) for document in pool]
        return [Suggestion(i, words[i], None) for i in choose_at_random(words, budget, seed)]
    # The budget counts the words of the file, not the tokens of the pipeline, so that pipelines with different
    # tokenizers can be compared.
    numbers, candidates = [], []
    for number, candidate in _candidates(nlp, pool, Informativeness(nlp, strategy), failed, tick):
        numbers.append(number)
        candidates.append(replace(candidate, words=number_of_words(pool[number])))
    return [Suggestion(numbers[i], candidates[i].words, gain) for i, gain in choose(candidates, budget)]


def number_of_words(document: Document) -> int:
    """Return the number of tokens of the file, or else of runs between white space."""
    return len(document.text.split()) if document.tokens is None else len(document.tokens)


def not_in(pool: Iterable[Document], known: Iterable[Document]) -> list[Document]:
    """Return the texts of the pool, each once, without the known ones, ignoring white space."""
    seen = {document.fingerprint() for document in known}
    kept = []
    for document in pool:
        text = document.fingerprint()
        if text not in seen:
            seen.add(text)
            kept.append(document)
    return kept


def _candidates(
    nlp: Language, pool: Sequence[Document], informative: Informativeness, failed: Failed | None, tick: Tick | None
) -> Iterator[tuple[int, Candidate]]:
    stream = enumerate(pool)
    while batch := list(islice(stream, BATCH)):
        given = [(input_of(nlp, document), number) for number, document in batch]
        with _failures(nlp, pool, failed):
            pairs = list(nlp.pipe(given, as_tuples=True))
        yield from zip((number for _, number in pairs), informative(doc for doc, _ in pairs), strict=True)
        if tick is not None:
            tick(len(batch))


def input_of(nlp: Language, document: Document) -> Doc:
    """Return the Doc that the components are given, of the document's own tokens or the tokenizer's. Raises B809."""
    if document.tokens is not None:
        return doc_of_tokens(document, nlp.vocab)
    if len(document.text) > nlp.max_length:
        raise BionerError("B809", id=document.id, length=len(document.text), limit=nlp.max_length)
    return nlp.make_doc(document.text)


@contextmanager
def _failures(nlp: Language, pool: Sequence[Document], failed: Failed | None) -> Iterator[None]:
    """Within this context, pass documents on which a component fails to ``failed``."""
    if failed is None:
        yield
        return
    before = nlp.default_error_handler

    def handle(name: str, pipe: Any, docs: Sequence[Doc], error: Exception) -> None:
        for doc in docs:
            failed(pool[doc._context], error)

    nlp.set_error_handler(handle)  # type: ignore[arg-type]
    try:
        yield
    finally:
        nlp.set_error_handler(before)


def annotated(
    nlp: Language, pool: Sequence[Document], found: Sequence[Suggestion], ranked: bool = True
) -> list[Document]:
    """Return the suggested texts with the mentions of the pipeline.

    ranked: put rank and gain into their metadata, as ``suggested``; for a format that holds metadata.
    """
    chosen = annotate(nlp, [pool[one.number] for one in found])
    if not ranked:
        return list(chosen)
    return [
        replace(document, meta={**document.meta, "suggested": {"rank": rank, "gain": one.gain}})
        for rank, (one, document) in enumerate(zip(found, chosen, strict=True), 1)
    ]
