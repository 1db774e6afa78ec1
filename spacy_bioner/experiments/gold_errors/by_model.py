"""Errors that a model is sure of: it should not have learned from these documents (out-of-fold predictions).

After confident learning (Northcutt, Jiang & Chuang 2021): what the model is sure is otherwise, the surest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from spacy.language import Language

from ...errors import BionerError
from ...formats.document import Document, Mention
from ...spans import best_first
from ..analysis.errors import pair_errors
from ..file_scores.matching import match_documents
from ..runs import Run
from ..selection.informativeness import BATCH, probable_spans, unsure_components
from ..selection.pool import input_of
from ..summary import grouped, system_of
from .findings import Finding, Place

RELIABILITY = {"missing": 0.9, "spurious": 0.6, "boundary": 0.85, "label": 0.9}
"""The most that the word of a model counts for, by kind: that it finds nothing where the gold has a rare name says less
than that it finds something. From NCBI-disease with errors put in (benchmarks/gold_errors.py)."""

UNKNOWN = 0.5
"""The confidence that nothing stands where the gold has a mention and a run, without its pipeline, found none."""

Probable = dict[Place, float]
"""Spans that a model holds for probable, with their probabilities."""


def model_findings(gold: Document, number: int, probable: Probable, absent: float = 1.0) -> Iterator[Finding]:
    """Yield what a model is sure of otherwise than the gold of a document.

    probable: all spans that it holds for at all probable. absent: how sure it is that nothing stands where none of
    these is.
    """
    places = list(probable)
    chosen = [place for place in places if probable[place] >= 0.5]
    best = [chosen[i] for i in best_first(chosen, [probable[place] for place in chosen])]
    found = [Mention(*place) for place in best]
    for kind, i, j in pair_errors(gold.mentions, found):
        if kind == "missed":
            # The probability that no probable span overlaps the mention, as if these spans excluded each other; the sum
            # may exceed 1 where several lie side by side.
            there = [p for (a, b, _), p in probable.items() if a < gold.mentions[i].end and gold.mentions[i].start < b]
            nothing = absent * max(0.0, 1 - sum(there))
            confidence = RELIABILITY["spurious"] * nothing
            yield Finding(number, "spurious", i, None, confidence, f"the model finds nothing here ({nothing:.2f})")
            continue
        sure = probable[best[j]]
        of = {"spurious": "missing", "wrong type": "label"}.get(kind, "boundary")
        words = {"missing": "a mention", "label": "another label", "boundary": "another span"}[of]
        yield Finding(number, of, i, best[j], RELIABILITY[of] * sure, f"the model finds {words} ({sure:.2f})")


def by_pipeline(nlp: Language, documents: Sequence[Document]) -> Iterator[Probable]:
    """Yield what a pipeline holds for probable in each document. Raises B727 if it gives none, and B809."""
    pipes = unsure_components(nlp)
    if not pipes:
        raise BionerError("B727", components=", ".join(nlp.pipe_names) or "none")
    stream = iter(documents)
    while batch := list(islice(stream, BATCH)):
        docs = list(nlp.pipe(input_of(nlp, document) for document in batch))
        found: list[Probable] = [{} for _ in docs]
        for pipe in pipes:
            for doc, own, prediction in zip(docs, found, probable_spans(pipe, docs), strict=True):
                for start, end, label, score in (*prediction.spans, *prediction.alternatives):
                    place = (doc[start].idx, doc[end - 1].idx + len(doc[end - 1]), label)
                    own[place] = max(score, own.get(place, 0.0))
        yield from found


def by_runs(documents: Sequence[Document], runs: Sequence[Run], tick: Callable[[int], Any]) -> list[Finding]:
    """Return what the pipelines of a cross-validation are sure of, each on the documents that it was tested on.

    A run that kept its pipeline gives the probabilities of all spans, others those of the mentions found. Of several
    systems or seeds the mean counts, so that what all agree on comes first. tick: called with the number of documents
    of each run.
    Raises B728 if a document was tested in no run, B848 and B849 if the runs are not of these documents.
    """
    groups = grouped(runs, lambda run: (system_of(run), run.seed))
    found: dict[tuple[object, ...], list[Finding]] = {}
    for own in groups.values():
        for one in _by_folds(documents, own, tick):
            found.setdefault((one.document, one.kind, one.gold, one.proposal), []).append(one)
    return [_mean(some, len(groups)) for some in found.values()]


def _mean(some: Sequence[Finding], systems: int) -> Finding:
    best = max(some, key=lambda one: one.confidence)
    if systems == 1:
        return best
    # A system without this finding counts as 0, so that one of three systems alone says a third.
    confidence = sum(one.confidence for one in some) / systems
    return replace(best, confidence=confidence, reason=f"{best.reason}, {len(some)} of {systems} systems or seeds")


def _by_folds(documents: Sequence[Document], runs: Sequence[Run], tick: Callable[[int], Any]) -> Iterator[Finding]:
    from spacy.util import load_model

    numbers = {id(document): i for i, document in enumerate(documents)}
    left = list(documents)
    for run in runs:
        pairs = list(run.pairs())
        matches, _ = match_documents([gold for gold, _ in pairs], [left])
        own = [(match.found[0], found) for match, (_, found) in zip(matches, pairs, strict=True)]
        tested = [(document, found) for document, found in own if document is not None]
        whole = run.path / "model"
        if whole.is_dir():
            probable = list(by_pipeline(load_model(whole), [document for document, _ in tested]))
        else:
            probable = [{(m.start, m.end, m.label): m.score or 1.0 for m in found.mentions} for _, found in tested]
        for (document, _), spans in zip(tested, probable, strict=True):
            yield from model_findings(document, numbers[id(document)], spans, 1.0 if whole.is_dir() else UNKNOWN)
        # A document is tested in one fold only: without this a repeated text would be matched again in a later fold.
        done = {id(document) for document, _ in tested}
        left = [document for document in left if id(document) not in done]
        tick(len(tested))
    if left:
        raise BionerError("B728", number=len(left), total=len(documents), id=left[0].id)
