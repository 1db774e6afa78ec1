"""Likely errors of a corpus, from all sources at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...documents.document import Document
from ...pipeline.load import load_pipeline
from ..runs import Run, read_runs
from ..selection.pool import Failed
from .by_model import by_pipeline, by_predictions, by_runs, model_findings
from .edges import edge_findings
from .findings import Finding, ranked
from .strings import string_findings
from .words import words_of


def find_in_runs(runs: Sequence[Run]) -> tuple[list[Document], list[Finding]]:
    """Return the test documents of runs of one corpus, and their likely errors, the most certain first.

    The sources are the strings and boundaries of these documents and the predictions that the runs saved.
    """
    documents, found = by_predictions(runs)
    words = words_of(documents)
    return documents, ranked([*string_findings(words), *edge_findings(words), *found])


def find(
    documents: Sequence[Document],
    model: str | None,
    runs: Path | None,
    tick: Callable[[int], Any],
    failed: Failed | None = None,
) -> list[Finding]:
    """Return the likely errors of documents, the most certain first.

    model: a pipeline that was trained on other documents. runs: the folder of a cross-validation of these documents.
    tick: called with the number of documents that a model has read. failed: called with a document on which a model
    fails, which has then none of its findings; by default the exception is raised.

    Raises B804 for a missing pipeline, the errors of ``by_pipeline`` and ``by_runs``, and those of reading runs.
    """
    words = words_of(documents)
    found = [*string_findings(words), *edge_findings(words)]
    if runs is not None:
        found += by_runs(documents, read_runs([runs]), tick, failed)
    if model is not None:
        nlp = load_pipeline(model)
        for number, probable in by_pipeline(nlp, documents, failed):
            found += model_findings(documents[number], number, probable)
            tick(1)
    return ranked(found)
