"""Reading of several corpora with one set of options, for commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..formats import Document, ProblemLog, sources
from ..formats.registry import check_options, known_options


class Reader:
    """Reads the corpora of a command; each option is passed to the formats that have it.

    corpora: the format of each corpus (None detects it) by its paths, separated by commas.
    report: collects the problems; by default the first is raised. options: options of the formats; None is as good as
    absent.

    Raises B134 for an option that no format of these corpora has, and the errors of format detection.
    """

    def __init__(self, corpora: Mapping[str, str | None], report: ProblemLog | None = None, **options: Any) -> None:
        self.report = report if report is not None else ProblemLog()
        self.sources = {paths: sources(paths, format, report=self.report) for paths, format in corpora.items()}
        self.options = {name: value for name, value in options.items() if value is not None}
        check_options((one.format for found in self.sources.values() for one in found), "read", self.options)

    def __call__(self, paths: str, made_up_ids: bool = True) -> Iterator[Document]:
        """Yield the documents of one of the corpora. made_up_ids: keep ids that were generated from file names."""
        for document, own in self.with_own_ids(paths):
            yield document if made_up_ids or own == document.id else replace(document, id=own)

    def with_own_ids(self, paths: str) -> Iterator[tuple[Document, str]]:
        """Yield the documents of one of the corpora, each with its id, "" if that was generated from a file name."""
        for source in self.sources[paths]:
            given = known_options(source.format.name, "read", self.options)
            for document in source.read(self.report, **given):
                yield document, document.id if source.format.named else ""

    def sets(self, corpora: Iterable[str]) -> tuple[list[list[Document]], list[list[str]]]:
        """Return the documents of several corpora, and their own ids in the same places: see ``with_own_ids``."""
        given = [list(self.with_own_ids(paths)) for paths in corpora]
        return [[document for document, _ in one] for one in given], [[own for _, own in one] for one in given]
