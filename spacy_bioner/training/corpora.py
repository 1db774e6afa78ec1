"""Corpus readers for ``[corpora]``: annotated files in any format as a stream of Examples.

The reference of an Example holds the gold as ``formats.alignment`` describes; the predicted Doc has the same tokens
and sentence starts and nothing else. A corpus that brings tokens (CoNLL, DocBin, some JSON lines) keeps them, so that
a pipeline is trained and scored on them; any other text goes through the pipeline's tokenizer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spacy.attrs import NORM, SENT_START
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import logger

from ..errors import BionerError
from ..formats import ProblemLog, sources
from ..formats.alignment import AlignmentPolicy, check_policy, count_held, describe, to_doc
from ..formats.problems import Policy
from ..formats.questions.doc_questions import copy_question
from .recut import Recut

Paths = str | Path | list[str] | None


class Corpus:
    """Files of one or more formats as Examples, read anew at each call.

    path: a file or folder, several separated by commas, or a list of them.
    format: a name in ``formats.FORMATS``; None finds it out for each path.
    policy: what becomes of mentions that do not fit the tokens: see ``formats.alignment``. ``split`` cuts the tokens of
        predicted Docs too, which gives gold away: for training only.
    on_error: what a fault in a file does: ``error`` stops, ``skip`` leaves out what is wrong and counts it.
    limit: at most so many Examples; 0 means all.
    options: of the format (``formats.options_of``); None stands for one not given.

    Raises B138 and B162 for a policy or on_error that is none, B187 for a limit below 0.

    After each pass over the files whose numbers are new, one line says what was read and what became of the mentions,
    and a warning what was wrong in the files. After the first pass a warning says how many of the corpus's own tokens
    the pipeline's tokenizer would not make of the same text (B189). Documents without tokens are left out; those of
    plain text are unannotated.
    """

    def __init__(
        self,
        path: Paths,
        *,
        format: str | None = None,
        policy: str = "contract",
        on_error: str = "error",
        limit: int = 0,
        **options: Any,
    ) -> None:
        self.path = path
        self.format = format
        self.policy = check_policy(policy)
        self.on_error = on_error
        self.limit = check_limit(limit)
        self.options = options
        self.alignment: Counter[str] = Counter()
        self.report = ProblemLog(on_error)
        self._logged = ""
        self._compared = False

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield the Examples; raises B161 without a path, and what reading and aligning raise."""
        if not self.path:
            raise BionerError("B161")
        self.alignment, self.report = Counter(), ProblemLog(self.on_error)
        number = 0
        recut = None if self._compared else Recut()
        for reference in self._references(nlp, recut):
            if len(reference):
                yield Example(unannotated(reference), reference)
                number += 1
                if number == self.limit:
                    break
        self._log(number)
        if recut is not None:
            self._compared = True
            recut.warn(self.path)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the numbers of the last pass: what became of the mentions, and the problems by code."""
        return {"alignment": dict(self.alignment), "problems": self.report.summary()}

    def _references(self, nlp: Language, recut: Recut | None) -> Iterator[Doc]:
        for source in sources(self.path or "", self.format, self.options, self.report):
            docs = source.read_docs(nlp.vocab, self.report)
            if docs is not None:
                for doc in docs:
                    count_held(doc, self.alignment)
                    if recut is not None:
                        recut.add(doc, nlp)
                    yield doc
                continue
            for document in source.read(self.report):
                doc = to_doc(document, nlp, self.policy, self.alignment)
                if recut is not None and document.tokens is not None:
                    recut.add(doc, nlp)
                yield doc if source.format.annotated else unannotated(doc)

    def _log(self, number: int) -> None:
        tally = f"{self.path}: {number} documents; {describe(self.alignment, explained=True)}"
        problems = self.report.describe()
        told = "; ".join([tally, *problems])
        if told != self._logged:
            logger.info(tally)
            if problems:
                logger.warning("%s: %s", self.path, "; ".join(problems))
            self._logged = told


def check_limit(limit: int) -> int:
    """Return the limit of a reader; raises B187 for one below 0, which no number of Examples would reach."""
    if limit < 0:
        raise BionerError("B187", option="limit", value=limit, expected="a number of examples, 0 for all")
    return limit


def unannotated(doc: Doc) -> Doc:
    """Return a Doc of the same tokens, with the norms that the tokenizer set, sentence starts and question.

    It has nothing else.
    """
    words = [token.text for token in doc]
    copy = Doc(doc.vocab, words=words, spaces=[bool(token.whitespace_) for token in doc])
    copy.from_array([NORM, SENT_START], doc.to_array([NORM, SENT_START]))  # type: ignore[arg-type]
    copy_question(doc, copy)
    return copy


def make_corpus(
    path: Paths,
    format: str | None = None,
    policy: AlignmentPolicy = "contract",
    on_error: Policy = "error",
    limit: int = 0,
    label: str | None = None,
    scheme: str | None = None,
    options: dict[str, Any] | None = None,
) -> Corpus:
    """Make ``spacy-bioner.Corpus.v1``: any format. ``label`` and ``scheme`` are CoNLL's; ``options`` are any other."""
    given = {"label": label or None, "scheme": scheme, **(options or {})}
    return Corpus(path, format=format, policy=policy, on_error=on_error, limit=limit, **given)


def make_brat_corpus(
    path: Paths,
    policy: AlignmentPolicy = "contract",
    on_error: Policy = "error",
    limit: int = 0,
    labels: list[str] | None = None,
    triggers: bool = True,
    offsets: str = "characters",
    encoding: str = "utf-8",
) -> Corpus:
    """Make ``spacy-bioner.BratCorpus.v1``: brat standoff files; see ``formats.brat.reader.read`` for the options."""
    given = {"labels": labels, "triggers": triggers, "offsets": offsets, "encoding": encoding}
    return Corpus(path, format="brat", policy=policy, on_error=on_error, limit=limit, **given)


def make_conll_corpus(
    path: Paths,
    policy: AlignmentPolicy = "contract",
    on_error: Policy = "error",
    limit: int = 0,
    token: int | str = 0,
    tag: int | str = -1,
    header: bool = False,
    separator: str | None = None,
    scheme: str | None = None,
    label: str | None = None,
    group: int = 1,
    encoding: str = "utf-8",
) -> Corpus:
    """Make ``spacy-bioner.ConllCorpus.v1``: column files; see ``formats.conll.read`` for the options."""
    return Corpus(
        path,
        format="conll",
        policy=policy,
        on_error=on_error,
        limit=limit,
        token=token,
        tag=tag,
        header=header,
        separator=separator,
        scheme=scheme,
        label=label,
        group=group,
        encoding=encoding,
    )


def make_jsonl_corpus(
    path: Paths, policy: AlignmentPolicy = "contract", on_error: Policy = "error", limit: int = 0
) -> Corpus:
    """Make ``spacy-bioner.JsonlCorpus.v1``: JSON lines."""
    return Corpus(path, format="jsonl", policy=policy, on_error=on_error, limit=limit)
