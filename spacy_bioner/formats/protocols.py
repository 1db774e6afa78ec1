"""The interface of a format module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..documents.document import Document
from .problems import ProblemLog


class FormatModule(Protocol):
    """A module with ``read``; its entry in ``table.FORMATS`` says which of the other functions it has, but for
    ``check_output``, ``checked`` and ``beside``.

    Options are keyword-only and have defaults. ``registry.options_of`` reads their names from the signature.
    """

    def read(self, path: Path, report: ProblemLog, **options: Any) -> Iterator[Document]:
        """Return the documents as a stream, in the order of the file; faults go to the report."""

    def write(
        self, documents: Iterable[Document], path: Path, report: ProblemLog | None = None, **options: Any
    ) -> None:
        """Write documents, all or nothing; what the format cannot hold is noted. For a ``writable`` format."""

    def check_output(self, path: Path, overwrite: bool) -> None:
        """Raise an error if ``write`` would refuse the path. For a format whose output is more than one file."""

    def checked(self, documents: Iterable[Document], path: Path) -> Iterator[Document]:
        """Yield documents; raise an error at one whose id ``write`` would refuse. For a format that refuses some."""

    def beside(self, document: Document) -> Mapping[str, int]:
        """Return how much of a document that it read only this format can write, by kind. If it fills ``extra``."""

    def recognises(self, path: Path, head: str) -> bool:
        """Return whether a file whose text begins with ``head`` is of this format. For a format with ``maybe``."""

    def read_docs(self, path: Path, vocab: Vocab, report: ProblemLog) -> Iterator[Doc]:
        """Return the Docs of the file with all their annotation. For a format with ``docs``."""
