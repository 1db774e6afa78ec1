"""Corpus readers for ``[corpora]``: annotated files in any format as a stream of Examples.

The reference of an Example holds the gold annotation as ``documents.alignment`` describes; the predicted Doc has the
same tokens and sentence starts and nothing else. A corpus with tokens of its own (CoNLL, DocBin, some JSON lines) keeps
them: the pipeline is trained and scored on them. All other text is tokenized by the pipeline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.attrs import NORM, SENT_START
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import logger

from ..documents.alignment import AlignmentPolicy, check_policy, count_held, describe, to_doc
from ..documents.declared_types import declare_types, write_types
from ..documents.doc_questions import copy_question, get_question
from ..documents.gold import get_gold, get_id
from ..errors import BionerError
from ..formats import ProblemLog, sources
from ..formats.problems import Policy
from ..text_tables import counted
from .corpus_paths import require_paths
from .recut import Recut

Paths = str | Path | list[str] | None


class Corpus:
    """Files of one or more formats as Examples, read anew at each call.

    path: a file or folder, several separated by commas, or a list of them.
    format: a name in ``formats.FORMATS``; None detects it for each path.
    policy: the treatment of mentions that do not fit the tokens: see ``documents.alignment``. ``split`` also cuts the
        tokens of predicted Docs, which reveals gold: for training only.
    on_error: the effect of a fault in a file: ``error`` stops, ``skip`` leaves out the faulty part and counts it.
    limit: maximum number of Examples; 0 means all.
    types: the labels that the annotators looked for; the tag O means none of these. None: as the documents declare.
    options: options of the format (``formats.options_of``); None is as good as absent.

    Raises B138 and B162 for an unknown policy or on_error, B187 for a limit below 0, B740 for invalid types, and the
    errors of ``check_path``; in reading B741 for a mention of another type than these.

    Each pass logs the numbers of documents and mentions and warns of faults in the files, unless they are those of the
    last pass. The first pass also warns (B189) of the corpus's own tokens that the pipeline's tokenizer splits
    differently. A document without text is left out and counted, unless it has a question, which remains to be scored.
    Plain text is unannotated.
    """

    def __init__(
        self,
        path: Paths,
        *,
        format: str | None = None,
        policy: str = "contract",
        on_error: str = "error",
        limit: int = 0,
        types: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        self.path = path
        self.format = format
        self.policy = check_policy(policy)
        self.on_error = on_error
        self.limit = check_limit(limit)
        self.types = None if types is None else check_types(types)
        self.options = options
        self.alignment: Counter[str] = Counter()
        self.report = ProblemLog(on_error)
        check_path(path, format, options)
        self._logged = ""
        self._compared = False

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield the Examples. Raises what ``require_paths`` raises, and the errors of reading and aligning."""
        self.alignment, self.report = Counter(), ProblemLog(self.on_error)
        number = empty = 0
        recut = None if self._compared else Recut()
        for reference in self._references(nlp, recut):
            if is_empty(reference):
                empty += 1
                continue
            if self.types is not None:
                self._declare(reference, self.types)
            yield Example(unannotated(reference), reference)
            number += 1
            if number == self.limit:
                break
        self._log(number, empty)
        if recut is not None:
            self._compared = True
            recut.warn(self.path)

    def _declare(self, reference: Doc, types: Sequence[str]) -> None:
        gold = get_gold(reference)
        other = next((one.label for one in gold.mentions if one.label not in types), "") if gold else ""
        if other:
            raise BionerError("B741", path=self.path, id=get_id(reference), label=other, types=", ".join(types))
        declare_types(reference, types)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the counts of the last pass: the mentions by outcome of the alignment, and the problems by code."""
        return {"alignment": dict(self.alignment), "problems": self.report.summary()}

    def _references(self, nlp: Language, recut: Recut | None) -> Iterator[Doc]:
        if recut is not None or not self.path:
            require_paths(nlp, self.path)
        assert self.path
        for source in sources(self.path, self.format, self.options, self.report):
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

    def _log(self, number: int, empty: int) -> None:
        left_out = f" ({empty} more without text left out)" if empty else ""
        tally = f"{self.path}: {counted(number, 'document')}{left_out}; {describe(self.alignment, explained=True)}"
        problems = self.report.describe()
        message = "; ".join([tally, *problems])
        if message != self._logged:
            logger.info(tally)
            if problems:
                logger.warning("%s: %s", self.path, "; ".join(problems))
            self._logged = message


def check_limit(limit: int) -> int:
    """Return the limit of a reader; raise B187 for one below 0."""
    if limit < 0:
        raise BionerError("B187", option="limit", value=limit, expected="a number of examples, 0 for all")
    return limit


def check_types(types: Sequence[str]) -> list[str]:
    """Return the types of a reader; raise B740 for an empty list or an invalid label."""
    labels = [types] if isinstance(types, str) else list(types)
    if not labels:
        raise BionerError("B740", id="", value=labels)
    write_types(labels)
    return labels


def is_empty(doc: Doc) -> bool:
    """Return whether a Doc has nothing to learn or to score: no tokens, and no question."""
    # A question to an empty text still counts, as in SQuAD's official script: it is right to give no answer to it.
    return not len(doc) and get_question(doc) is None


def unannotated(doc: Doc) -> Doc:
    """Return a Doc with the same tokens, their norms, the sentence starts and the question, and nothing else."""
    # The norms are copied because special cases of the tokenizer set them; a Doc made of words has the default ones.
    words = [token.text for token in doc]
    copy = Doc(doc.vocab, words=words, spaces=[bool(token.whitespace_) for token in doc])
    copy.from_array([NORM, SENT_START], doc.to_array([NORM, SENT_START]))  # type: ignore[arg-type]
    copy_question(doc, copy)
    return copy


def check_path(path: Paths, format: str | None, options: dict[str, Any]) -> None:
    """Raise the errors of ``formats.sources`` for a path where nothing can be read; none is none to check.

    Readers call this when they are made: spaCy makes all readers of a config, also unused ones without a path, before
    it trains, but reads those of ``dev`` after hours.
    """
    if path:
        sources(path, format, options)


def make_corpus(
    path: Paths,
    format: str | None = None,
    policy: AlignmentPolicy = "contract",
    on_error: Policy = "error",
    limit: int = 0,
    label: str | None = None,
    scheme: str | None = None,
    types: list[str] | None = None,
    options: dict[str, Any] | None = None,
) -> Corpus:
    """Return a corpus of files in any format: ``spacy-bioner.Corpus.v1``. The parameters are those of ``Corpus``.

    label, scheme: options of the CoNLL format. options: any other options of the format.
    """
    given: dict[str, Any] = {"label": label or None, "scheme": scheme, **(options or {})}
    return Corpus(path, format=format, policy=policy, on_error=on_error, limit=limit, types=types, **given)


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
    """Return a corpus of brat files: ``spacy-bioner.BratCorpus.v1``.

    The options are those of ``formats.brat.reader.read``, all others those of ``Corpus``.
    """
    given: dict[str, Any] = {"labels": labels, "triggers": triggers, "offsets": offsets, "encoding": encoding}
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
    """Return a corpus of column files: ``spacy-bioner.ConllCorpus.v1``.

    The options are those of ``formats.conll.read``, all others those of ``Corpus``.
    """
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
    """Return a corpus of JSON lines: ``spacy-bioner.JsonlCorpus.v1``. The parameters are those of ``Corpus``."""
    return Corpus(path, format="jsonl", policy=policy, on_error=on_error, limit=limit)
