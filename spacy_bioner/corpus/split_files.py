"""A random split of a corpus into files for training, development and test."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from ..documents.alignment import Tokenizer
from ..formats import FORMATS, Document, ProblemLog, format_to_write, known_options, read, split_paths, write
from ..formats.output_places import check_apart, check_whole_folder
from ..formats.whole_folder import whole_folder
from .grouping import join_repeats, make_group, number_of_groups
from .splits import split, split_parts


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """The documents of each part by its path, and the number of groups, None without a grouping rule.

    left_out: for each part, what of it was not written: see ``ProblemLog``.
    """

    parts: dict[Path, list[Document]]
    groups: int | None
    left_out: dict[Path, Counter[str]]


def split_files(
    inputs: str,
    folder: Path,
    shares: Sequence[float] = (60, 10, 30),
    seed: int = 0,
    output_format: str = "jsonl",
    group: str | None = None,
    *,
    input_format: str | None = None,
    tokenizer: Tokenizer | None = None,
    report: ProblemLog | None = None,
    overwrite: bool = False,
    **options: Any,
) -> SplitFiles:
    """Read a corpus and write its parts into a folder: ``train``, ``dev`` and ``test``, or ``train`` and ``test``.

    shares: as for ``splits.split_parts``; 60/10/30 are those of Giorgi & Bader 2018.
    group: a grouping rule (``make_group``). Documents of a group, and documents with the same text (ignoring white
    space), stay together, so that no part repeats another. If no document has an id, each gets its number in the
    corpus, so that no two parts have a document of the same name.
    tokenizer: for texts without tokens, if the output format has tokens. options: options for reading.
    overwrite: replace an existing folder of parts as a whole; the folder is always written atomically.

    Raises B131, B164 (the folder holds an input), B175, B178, B222, B237 and B846, and the errors of reading and
    writing.
    """
    report = report if report is not None else ProblemLog()
    parts = {name: numbers for name, numbers in split_parts(shares).items() if len(numbers) == 1}
    format = FORMATS[format_to_write("", output_format)]
    check_apart(split_paths(inputs), folder)
    check_whole_folder(folder, overwrite, lambda file: _is_part(file, folder))
    suffix = "" if format.folders else (format.suffixes or format.maybe)[0]
    documents = list(read(inputs, input_format, report, **options))
    labels = dict.fromkeys(mention.label for document in documents for mention in document.mentions)
    offered = {"tokenizer": tokenizer, "settings": True, "labels": list(labels)}  # brat's parts can be corrected there
    given = known_options(format.name, "write", offered)
    by_rule = make_group(group, documents) if group else None
    groups = join_repeats(documents, by_rule)
    if not any(document.id for document in documents):
        width = len(str(len(documents)))
        documents = [replace(one, id=f"{number:0{width}}") for number, one in enumerate(documents, 1)]
    written: dict[Path, list[Document]] = {}
    left_out: dict[Path, Counter[str]] = {}
    with whole_folder(folder, overwrite, lambda file: _is_part(file, folder)) as new:
        report.moved = (str(new), str(folder))
        for name, numbers in parts.items():
            part = split(zip(documents, groups, strict=True), shares, numbers, seed, itemgetter(1))
            chosen = [document for document, _ in part]
            before = report.left_out.copy()
            write(chosen, new / f"{name}{suffix}", format.name, report, **given)
            written[folder / f"{name}{suffix}"] = chosen
            left_out[folder / f"{name}{suffix}"] = report.left_out - before
    return SplitFiles(written, number_of_groups(documents, by_rule) if by_rule else None, left_out)


def _is_part(file: Path, folder: Path) -> bool:
    """Return whether a file is, or lies in, an output of a split."""
    return file.relative_to(os.path.realpath(folder)).parts[0].partition(".")[0] in ("train", "dev", "test")
