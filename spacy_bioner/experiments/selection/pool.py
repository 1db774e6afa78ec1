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

    nlp: the pipeline; the strategy ``random`` asks it only how long a text may be, and needs none. seed: seed of the
    strategy ``random``. failed: called with a document on which the pipeline fails, which is left out; by default the
    exception is raised. tick: called with the number of documents of each batch.

    Raises B720, B721 and B722 for a strategy that is unknown or needs another pipeline, B809 for a text that is too
    long for the pipeline.
    """
    check_strategy(strategy)
    if strategy == "random" or nlp is None:
        fits = range(len(pool)) if nlp is None else [i for i, one in enumerate(pool) if _fits(nlp, one, failed)]
        words = [number_of_words(pool[i]) for i in fits]
        return [Suggestion(fits[i], words[i], None) for i in choose_at_random(words, budget, seed)]
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
    for pairs in docs_of(nlp, pool, failed, tick):
        yield from zip((number for number, _ in pairs), informative(doc for _, doc in pairs), strict=True)


def docs_of(
    nlp: Language, pool: Sequence[Document], failed: Failed | None = None, tick: Tick | None = None
) -> Iterator[list[tuple[int, Doc]]]:
    """Yield the pool as the pipeline annotates it, in batches, each Doc with its number in the pool.

    failed, tick: as for ``suggest``. Raises B809.
    """
    stream = enumerate(pool)
    while batch := list(islice(stream, BATCH)):
        given = [(_input(nlp, document), number) for number, document in batch if _fits(nlp, document, failed)]
        with _failures(nlp, pool, failed):
            pairs = [(number, doc) for doc, number in nlp.pipe(given, as_tuples=True)]
        yield pairs
        if tick is not None:
            tick(len(batch))


def _fits(nlp: Language, document: Document, failed: Failed | None) -> bool:
    """Return whether the pipeline takes a text of this length; tell ``failed`` if not, or else raise B809."""
    if document.tokens is not None or len(document.text) <= nlp.max_length:
        return True
    error = BionerError("B809", id=document.id, length=len(document.text), limit=nlp.max_length)
    if failed is None:
        raise error
    failed(document, error)
    return False


def _input(nlp: Language, document: Document) -> Doc:
    """Return the Doc that the components are given, of the document's own tokens or the tokenizer's."""
    return nlp.make_doc(document.text) if document.tokens is None else doc_of_tokens(document, nlp.vocab)


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
    nlp: Language,
    pool: Sequence[Document],
    found: Sequence[Suggestion],
    ranked: bool = True,
    failed: Failed | None = None,
) -> list[tuple[Suggestion, Document]]:
    """Return the suggestions, each with its text and the mentions of the pipeline.

    ranked: put rank and gain into the metadata of the texts, as ``suggested``; for a format that holds metadata.
    failed: as for ``suggest``; the strategy ``random`` has not yet shown the pipeline its texts.
    """
    gone: set[int] = set()

    def leave_out(document: Document, error: Exception) -> None:
        if failed is None:
            raise error
        gone.add(id(document))
        failed(document, error)

    chosen = list(annotate(nlp, [pool[one.number] for one in found], failed=leave_out))
    pairs = list(zip((one for one in found if id(pool[one.number]) not in gone), chosen, strict=True))
    if not ranked:
        return pairs
    return [
        (one, replace(document, meta={**document.meta, "suggested": {"rank": rank, "gain": one.gain}}))
        for rank, (one, document) in enumerate(pairs, 1)
    ]
