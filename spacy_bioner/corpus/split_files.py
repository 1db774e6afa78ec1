"""A corpus dealt into files: train, dev and test, at random, once for all trainings on it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from ..formats import FORMATS, Document, ProblemLog, format_to_write, options_of, read, write
from ..formats.alignment import Tokenizer
from .grouping import join_repeats, make_group
from .splits import split, split_parts


def split_files(
    source: str,
    folder: Path,
    shares: Sequence[float] = (60, 10, 30),
    seed: int = 0,
    target_format: str = "jsonl",
    group: str | None = None,
    *,
    source_format: str | None = None,
    tokenizer: Tokenizer | None = None,
    report: ProblemLog | None = None,
    **options: Any,
) -> dict[Path, list[Document]]:
    """Read a corpus and write its parts into a folder: ``train``, ``dev`` and ``test``, or ``train`` and ``test``.

    shares: as for ``splits.split_parts``; 60/10/30 are those of Giorgi & Bader 2018. Documents of the same text stay
    together, white space aside, so that no part repeats what another has; and those of a group, see ``make_group``.
    tokenizer: of texts without tokens, where the target format has them. options: for reading. Returns the parts by
    their paths. Raises B131, B222 and B846, and what reading and writing raise.
    """
    parts = {name: numbers for name, numbers in split_parts(shares).items() if len(numbers) == 1}
    format = FORMATS[format_to_write("", target_format)]
    suffix = "" if format.folders else format.suffixes[0]
    given = {"tokenizer": tokenizer} if "tokenizer" in options_of(format.name, "write") else {}
    documents = list(read(source, source_format, report, **options))
    groups = join_repeats(documents, make_group(group, documents) if group else None)
    written: dict[Path, list[Document]] = {}
    for name, numbers in parts.items():
        path = folder / f"{name}{suffix}"
        dealt = split(zip(documents, groups, strict=True), shares, numbers, seed, itemgetter(1))
        written[path] = [document for document, _ in dealt]
        write(written[path], path, format.name, report, **given)
    return written
