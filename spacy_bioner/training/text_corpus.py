"""Training text for language models: a stream of the sentences of any corpus, annotated or not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import logger

from ..documents.alignment import to_doc
from ..errors import BionerError
from ..formats import ProblemLog, sources
from ..formats.problems import Policy
from ..tokenizers.sentences import LineBreaks, sentence_spans
from .corpora import check_limit, check_path, unannotated
from .corpus_paths import require_paths
from .example_transforms import sentences

_SPACE = re.compile(r"\s")


def make_text_corpus(
    path: str | Path | list[str] | None,
    format: str | None = None,
    line_breaks: LineBreaks = "all",
    max_chars: int = 10_000,
    limit: int = 0,
    on_error: Policy = "error",
    options: dict[str, Any] | None = None,
) -> Callable[[Language], Iterator[Example]]:
    """Return a reader of sentences, one Example each, without annotation: ``spacy-bioner.TextCorpus.v1``.

    Only the current line or document is held in memory; with ``[training] max_epochs = -1`` ``spacy train`` does not
    hold the corpus either and reads it in each epoch.

    path: files or folders in any format, also compressed; plain text is read line by line, unless ``options`` has
        another ``unit``. A corpus with tokens keeps them.
    format, options: as in ``Corpus``.
    line_breaks: the line breaks that end a sentence: see ``tokenizers.sentences``.
    max_chars: longer text is cut, if possible at white space, before it is split into sentences, so that a file with
        one very long line needs no more memory than others.
    limit: maximum number of sentences; 0 means all.
    on_error: the effect of a fault in a file: ``error`` stops, ``skip`` leaves out the faulty part and counts it.

    Raises B162, B187 and B606 for invalid values, and the errors of ``check_path``. The reader raises what
    ``require_paths`` raises, B607 if no text is found, and the errors of reading.
    """
    if max_chars < 1:
        raise BionerError("B606", max_chars=max_chars)
    check_limit(limit)
    ProblemLog(on_error)  # raises B162 here rather than at the first sentence
    check_path(path, format, options or {})

    def read(nlp: Language) -> Iterator[Example]:
        require_paths(nlp, path)
        assert path
        number = 0
        report = ProblemLog(on_error)
        for doc in _sentences(nlp, path, format, line_breaks, max_chars, report, options or {}):
            yield Example(doc, doc.copy())
            number += 1
            if number == limit:
                break
        if not number:
            raise BionerError("B607", path=path)
        for line in report.describe():
            logger.warning("%s: %s", path, line)

    return read


def _sentences(
    nlp: Language,
    path: str | Path | list[str],
    format: str | None,
    line_breaks: LineBreaks,
    max_chars: int,
    report: ProblemLog,
    options: dict[str, Any],
) -> Iterator[Doc]:
    for source in sources(path, format, options, report):
        docs = source.read_docs(nlp.vocab, report)
        if docs is not None:
            for doc in docs:
                yield from _cut(unannotated(doc), line_breaks)
            continue
        for document in source.read(report, **({"unit": "line"} if source.format.name == "text" else {})):
            if document.tokens is not None:
                yield from _cut(to_doc(replace(document, mentions=[]), nlp), line_breaks)
                continue
            for piece in _pieces(document.text, max_chars):
                for start, end in sentence_spans(piece, line_breaks):
                    yield nlp.make_doc(piece[start:end])


def _cut(doc: Doc, line_breaks: LineBreaks) -> Iterator[Doc]:
    for example in sentences(Example(doc, doc), "", line_breaks, Counter()):
        if len(example.predicted):
            yield example.predicted


def _pieces(text: str, max_chars: int) -> Iterator[str]:
    """Yield pieces of at most ``max_chars`` characters, each but the last up to its last white space, if it has one."""
    start = 0
    while len(text) - start > max_chars:
        end = start + max_chars
        last = next((i for i in range(end, start, -1) if _SPACE.match(text, i)), end)
        yield text[start:last]
        start = last
    yield text[start:]
