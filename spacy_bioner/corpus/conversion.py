"""Conversion of annotated files between formats, with a count of every mention and relation that did not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..documents.alignment import Tokenizer, check_policy
from ..documents.declared_types import write_types
from ..errors import BionerError
from ..formats import FORMATS, Document, ProblemLog, check_output, detect, options_of, read, split_paths, write
from ..formats.output_places import check_apart
from .relabel import Labels, keys_of, relabelled


@dataclass(slots=True)
class Conversion:
    """The result of a conversion: the output format, the problems, and counts.

    documents, mentions, relations: those written, at least in part. left_out: mentions whose label is mapped to
    none. relations_left_out: relations of such mentions. labels: what can be renamed
    (``relabel.keys_of``). alignment: outcomes of ``documents.alignment``; empty for a format that can hold every
    mention.
    """

    format: str
    report: ProblemLog
    documents: int = 0
    mentions: int = 0
    left_out: int = 0
    relations: int = 0
    relations_left_out: int = 0
    labels: set[str] = field(default_factory=set)
    alignment: Counter[str] = field(default_factory=Counter)


def convert(
    inputs: str | Path,
    output: Path,
    input_format: str | None = None,
    output_format: str | None = None,
    *,
    tokenizer: Language | Tokenizer | None = None,
    policy: str = "contract",
    scheme: str | None = None,
    ontology: str | None = None,
    report: ProblemLog | None = None,
    labels: Labels | None = None,
    types: Collection[str] = (),
    overwrite: bool = False,
    predicted: bool | None = None,
    **options: Any,
) -> Conversion:
    """Read documents and write them, as a stream.

    A brat folder or archive also gets brat's settings (``annotation.conf``), so that brat can open and edit it.

    tokenizer, policy: for documents without tokens, if the output format has tokens; see ``documents.alignment``.
    scheme: tag scheme of the output. ontology: for brat, the name put before concept ids that have none. report:
    collects the faults; by default the first is raised.
    labels: new labels for the mentions; see ``corpus.relabel``. types: the new labels that the annotators looked for,
    to be declared in every document (``documents.declared_types``). overwrite: replace a folder that is not empty.
    predicted: for Label Studio, whether nobody has annotated the documents; by default true of texts from formats
    without annotation. options: options for reading.

    Raises B164 if the output is one of the inputs (``contexts`` is one) or a folder that holds one, B741 for a mention
    of another type than ``types``, and the errors of reading and writing.
    """
    contexts = [Path(path) for path in (options.get("contexts"),) if path]
    check_apart([*split_paths(inputs), *contexts], output)
    result = Conversion(check_output(output, output_format, overwrite), report if report is not None else ProblemLog())
    known = options_of(result.format, "write")
    offered = {"tokenizer": tokenizer, "policy": check_policy(policy), "counts": result.alignment, "settings": True}
    given = {name: value for name, value in offered.items() if name in known}
    documents = _counted(read(inputs, input_format, result.report, **options), labels or {}, result)
    if types:
        documents = _declared(documents, types, inputs)
    if predicted is None and "predicted" in known:
        predicted = _plain_texts(inputs, input_format) or None
    stated: dict[str, Any] = {"scheme": scheme, "ontology": ontology, "predicted": predicted}
    write(documents, output, result.format, result.report, overwrite, **stated, **given)
    unwritten = result.report.left_out
    result.documents -= unwritten["documents"]
    result.mentions -= unwritten["mentions"]
    result.relations -= unwritten["relations"]
    return result


def _plain_texts(inputs: str | Path, format: str | None) -> bool:
    """Return whether the formats of all inputs hold texts without annotation."""
    return not any(FORMATS[format or detect(path)].annotated for path in split_paths(inputs))


def _declared(documents: Iterable[Document], types: Collection[str], inputs: str | Path) -> Iterator[Document]:
    declared = write_types(types)
    for document in documents:
        other = next((mention.label for mention in document.mentions if mention.label not in types), "")
        if other:
            raise BionerError("B741", path=inputs, id=document.id, label=other, types=", ".join(types))
        yield replace(document, meta={**document.meta, **declared})


def _counted(documents: Iterable[Document], labels: Labels, result: Conversion) -> Iterator[Document]:
    for document in documents:
        found, related = len(document.mentions), len(document.relations)
        result.labels |= keys_of(document.mentions)
        document = relabelled(document, labels)
        result.documents += 1
        result.mentions += len(document.mentions)
        result.left_out += found - len(document.mentions)
        result.relations += len(document.relations)
        result.relations_left_out += related - len(document.relations)
        yield document
