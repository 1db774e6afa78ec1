"""Likely errors by a model: confident predictions that contradict the gold.

After confident learning (Northcutt, Jiang & Chuang 2021). The model must not have been trained on the same documents:
predictions are out of fold, or by a pipeline of another corpus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ...documents.declared_types import read_types
from ...documents.document import Document, Mention, Spans
from ...errors import BionerError
from ...spans import best_first
from ..analysis.errors import pair_errors
from ..file_scores.matching import match_documents
from ..runs import Run
from ..selection.informativeness import predictions, unsure_components
from ..selection.pool import Failed, docs_of
from ..summary import grouped, system_of
from .findings import Finding, Place

RELIABILITY = {"missing": 0.9, "spurious": 0.6, "boundary": 0.85, "label": 0.9}
"""Factors on the confidence of a model, by kind of error: that it misses a rare gold name is weaker evidence than an
entity that it finds. Tuned on NCBI-disease with inserted errors (benchmarks/gold_errors.py)."""

UNKNOWN = 0.5
"""Probability that a gold mention that was not predicted is none, for runs that did not keep their pipeline."""

Shape = tuple[Spans, str]
"""(First character, one past the last) of each part of a mention in text order, and its label."""


@dataclass(slots=True)
class Probable:
    """What a model considers in a document.

    mentions: with their probabilities. free: those of them that may overlap others and be found beside them, such as
    the mentions of layers; of the others that overlap, the most probable excludes the rest.
    """

    mentions: dict[Shape, float] = field(default_factory=dict)
    free: set[Shape] = field(default_factory=set)

    def of_types(self, types: Collection[str]) -> Probable:
        """Return the mentions of these types only."""
        return Probable({shape: p for shape, p in self.mentions.items() if shape[1] in types}, self.free)

    def found(self) -> list[Shape]:
        """Return the mentions that the model finds: with a probability of at least 0.5, and not excluded."""
        likely = [shape for shape, p in self.mentions.items() if p >= 0.5]
        rivals = [shape for shape in likely if shape not in self.free]
        best = best_first([_outline(shape) for shape in rivals], [self.mentions[shape] for shape in rivals])
        return [*(rivals[i] for i in best), *(shape for shape in likely if shape in self.free)]


def _outline(shape: Shape) -> Place:
    parts, label = shape
    return parts[0][0], parts[-1][1], label


def model_findings(gold: Document, number: int, probable: Probable, absent: float = 1.0) -> Iterator[Finding]:
    """Yield the predictions of a model that contradict the gold of a document, as findings.

    number: index of the document. probable: all mentions that the model considers, also those below 0.5. absent:
    probability that there is no mention where none of these is. Mentions of types that the gold does not declare are
    left out. Raises B740.
    """
    types = read_types(gold.meta, gold.id)
    if types is not None:
        probable = probable.of_types(types)
    best = probable.found()
    found = [Mention.of_parts(*shape) for shape in best]
    considered = [(*_outline(shape), p) for shape, p in probable.mentions.items()]
    for kind, i, j in pair_errors(gold.mentions, found):
        if kind == "missed":
            # The probability that none overlaps the mention, as if overlapping ones excluded each other. Several side
            # by side do not, so that the sum may exceed 1.
            there = [p for a, b, _, p in considered if a < gold.mentions[i].end and gold.mentions[i].start < b]
            nothing = absent * max(0.0, 1 - sum(there))
            confidence = RELIABILITY["spurious"] * nothing
            yield Finding(number, "spurious", i, None, confidence, f"the model finds nothing here ({nothing:.2f})")
            continue
        score = probable.mentions[best[j]]
        of = {"spurious": "missing", "wrong type": "label"}.get(kind, "boundary")
        words = {"missing": "a mention", "label": "another label", "boundary": "another span"}[of]
        reason = f"the model finds {words} ({score:.2f})"
        yield Finding(number, of, i, _outline(best[j]), RELIABILITY[of] * score, reason, found[j].fragments)


def by_pipeline(
    nlp: Language, documents: Sequence[Document], failed: Failed | None = None
) -> Iterator[tuple[int, Probable]]:
    """Yield what a pipeline considers in each document, with the document's number.

    failed: called with a document on which the pipeline fails, which is left out; by default the exception is raised.
    Raises B727 if no component of the pipeline gives probabilities, B809 for a text that is too long for it.
    """
    pipes = unsure_components(nlp)
    if not pipes:
        raise BionerError("B727", components=", ".join(nlp.pipe_names) or "none")
    for batch in docs_of(nlp, documents, failed):
        docs = [doc for _, doc in batch]
        found = [Probable() for _ in docs]
        for pipe in pipes:
            for doc, own, prediction in zip(docs, found, predictions(pipe, docs), strict=True):
                for parts, label, score in prediction.candidates():
                    shape = _shape(doc, parts, label)
                    own.mentions[shape] = max(score, own.mentions.get(shape, 0.0))
                own.free |= {_shape(doc, parts, label) for parts, label, _ in prediction.whole}
        yield from zip((number for number, _ in batch), found, strict=True)


def _shape(doc: Doc, parts: Sequence[tuple[int, int]], label: str) -> Shape:
    """Return a mention of tokens in characters."""
    return tuple((doc[start].idx, doc[end - 1].idx + len(doc[end - 1])) for start, end in parts), label


def by_runs(
    documents: Sequence[Document], runs: Sequence[Run], tick: Callable[[int], Any], failed: Failed | None = None
) -> list[Finding]:
    """Return the findings of the pipelines of a cross-validation, each on its own test documents.

    A run that kept its pipeline has the probabilities of all spans, others only those of the predicted mentions. The
    confidence is the mean over systems and seeds, so that findings on which all agree come first. tick: called with the
    number of documents of each run. failed: as for ``by_pipeline``.

    Raises B728 if a document was tested in no run, B848 and B849 if the runs are not of these documents.
    """
    groups = grouped(runs, lambda run: (system_of(run), run.seed))
    found = (one for own in groups.values() for one in _by_folds(documents, own, tick, failed))
    return [_mean(some, len(groups)) for some in grouped(found, attrgetter("key")).values()]


def by_predictions(runs: Sequence[Run]) -> tuple[list[Document], list[Finding]]:
    """Return the test documents of runs, each once, and the findings of the predictions that were saved with them.

    No pipeline is loaded. The confidence is the mean over the systems and seeds that were tested on a document.
    """
    documents: list[Document] = []
    numbers: dict[tuple[str, str], int] = {}
    tested: Counter[int] = Counter()
    found: list[Finding] = []
    for run in runs:
        for gold, predicted in run.pairs():
            number = numbers.setdefault((gold.id, gold.text), len(documents))
            if number == len(documents):
                documents.append(gold)
            tested[number] += 1
            found += model_findings(documents[number], number, _saved(predicted), UNKNOWN)
    same = grouped(found, attrgetter("key")).values()
    return documents, [_mean(some, tested[some[0].document]) for some in same]


def _saved(predicted: Document) -> Probable:
    """Return the mentions that a run saved, all of them results; one without a score is certain."""
    mentions = {(m.parts, m.label): m.certainty for m in predicted.mentions}
    return Probable(mentions, set(mentions))


def _mean(some: Sequence[Finding], systems: int) -> Finding:
    best = max(some, key=lambda one: one.confidence)
    if systems == 1:
        return best
    # A system without this finding counts as 0: a finding of one of three systems keeps a third of its confidence.
    confidence = sum(one.confidence for one in some) / systems
    return replace(best, confidence=confidence, reason=f"{best.reason}, {len(some)} of {systems} systems or seeds")


def _by_folds(
    documents: Sequence[Document], runs: Sequence[Run], tick: Callable[[int], Any], failed: Failed | None
) -> Iterator[Finding]:
    from spacy.util import load_model

    numbers = {id(document): i for i, document in enumerate(documents)}
    left = list(documents)
    for run in runs:
        pairs = list(run.pairs())
        matches, _ = match_documents([gold for gold, _ in pairs], [left])
        own = [(match.found[0], found) for match, (_, found) in zip(matches, pairs, strict=True)]
        tested = [(document, found) for document, found in own if document is not None]
        model = run.path / "model"
        if model.is_dir():
            probable = by_pipeline(load_model(model), [document for document, _ in tested], failed)
        else:
            probable = enumerate(_saved(found) for _, found in tested)
        for i, spans in probable:
            document = tested[i][0]
            yield from model_findings(document, numbers[id(document)], spans, 1.0 if model.is_dir() else UNKNOWN)
        # A document is tested in one fold only. Without this, one of two documents with the same text would be matched
        # in the folds of both.
        done = {id(document) for document, _ in tested}
        left = [document for document in left if id(document) not in done]
        tick(len(tested))
    if left:
        raise BionerError("B728", number=len(left), total=len(documents), id=left[0].id)
