"""The interface of a format module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from spacy.tokens import Doc
from spacy.vocab import Vocab

from .document import Document
from .problems import ProblemLog


class FormatModule(Protocol):
    """A format: a module with ``read``, and with the others where its line in ``registry.FORMATS`` says so.

    Options are keywords only, each with a default. A function that takes others than these shows them in its
    signature: ``registry.options_of`` reads it.
    """

    def read(self, path: Path, report: ProblemLog, **options: Any) -> Iterator[Document]:
        """Return the documents as a stream, in the order of the file; faults go to the report."""

    def write(
        self, documents: Iterable[Document], path: Path, report: ProblemLog | None = None, **options: Any
    ) -> None:
        """Write documents, whole or not at all; what the format cannot hold is noted. Where it is ``writable``."""

    def recognises(self, path: Path, head: str) -> bool:
        """Return whether a file whose text begins so is of this format. Where it has ``maybe``."""

    def read_docs(self, path: Path, vocab: Vocab, report: ProblemLog) -> Iterator[Doc]:
        """Return the Docs that the file holds, with all their annotation. Where it has ``docs``."""
