"""Conversion of annotated files between formats, with a count of every mention that did not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..errors import BionerError
from ..formats import Document, ProblemLog, format_to_write, options_of, read, split_paths, write
from ..formats.alignment import Tokenizer, check_policy
from ..formats.declared_types import write_types
from .relabel import Labels, attribute_labels, relabelled


@dataclass(slots=True)
class Conversion:
    """The result of a conversion: the format, the numbers of documents and mentions, and the mentions' alignment.

    left_out: further mentions, whose labels are mapped to none. labels: numbers of mentions by old label, and by
    old label with an attribute.
    alignment: with the keys of ``formats.alignment``; empty for a format that can hold every mention.
    """

    format: str
    report: ProblemLog
    documents: int = 0
    mentions: int = 0
    left_out: int = 0
    labels: Counter[str] = field(default_factory=Counter)
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
    report: ProblemLog | None = None,
    labels: Labels | None = None,
    types: Collection[str] = (),
    overwrite: bool = False,
    **options: Any,
) -> Conversion:
    """Read documents and write them, as a stream.

    A folder or archive of brat also gets brat's settings (``annotation.conf``), so that it can be corrected there.

    tokenizer, policy: for documents without tokens, where the output format has them; see ``formats.alignment``.
    overwrite: replace a folder that holds files. scheme: of the tags written. report: collects the faults; by default
    the first is raised. labels: new labels for the mentions, see ``corpus.relabel``. types: the labels written that the
    annotators looked for, for every document (``formats.declared_types``). options: for reading.
    Raises B164 if the output is one of the sources, B741 for a mention of another type than ``types``, and the errors
    of reading and writing.
    """
    if any(path.resolve() == output.resolve() for path in split_paths(inputs)):
        raise BionerError("B164", path=output)
    result = Conversion(format_to_write(output, output_format), report if report is not None else ProblemLog())
    known = options_of(result.format, "write")
    offered = {"tokenizer": tokenizer, "policy": check_policy(policy), "counts": result.alignment, "settings": True}
    given = {name: value for name, value in offered.items() if name in known}
    documents = _counted(read(inputs, input_format, result.report, **options), labels or {}, result)
    if types:
        documents = _declared(documents, types, inputs)
    write(documents, output, result.format, result.report, overwrite, scheme=scheme, **given)
    return result


def _declared(documents: Iterable[Document], types: Collection[str], inputs: str | Path) -> Iterator[Document]:
    declared = write_types(types)
    for document in documents:
        other = next((mention.label for mention in document.mentions if mention.label not in types), "")
        if other:
            raise BionerError("B741", path=inputs, id=document.id, label=other, types=", ".join(types))
        yield replace(document, meta={**document.meta, **declared})


def _counted(documents: Iterable[Document], labels: Labels, result: Conversion) -> Iterator[Document]:
    for document in documents:
        found = len(document.mentions)
        result.labels.update(mention.label for mention in document.mentions)
        result.labels.update(name for mention in document.mentions for name in attribute_labels(mention))
        document = relabelled(document, labels)
        result.documents += 1
        result.mentions += len(document.mentions)
        result.left_out += found - len(document.mentions)
        yield document
