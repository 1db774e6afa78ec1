"""The base of components that hold a table of terms: Docs in batches, and terms in sealed files."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...errors import BionerError
from .. import sealed
from .term_finder import batch_docs
from .terms import Term, TermTable, pack_terms, unpack_terms

TERMS_FILE = "terms.msgpack.gz"

Self = TypeVar("Self", bound="TermComponent")


class TermComponent(Pipe):
    """Annotates Docs by a table of terms. Only the terms are saved: an index over them is built when they are read.

    Warns once (B331) if there are Docs to annotate and no terms.
    """

    name: str
    _warned = False

    @property
    @abstractmethod
    def table(self) -> TermTable:
        """The terms."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return what the metadata of the saved component says of the terms."""

    @abstractmethod
    def build(self, terms: Iterable[Term]) -> None:
        """Replace the terms."""

    @abstractmethod
    def annotate(self, docs: Sequence[Doc]) -> None:
        """Annotate Docs of one vocab, changing them in place."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate a Doc."""
        self._warn_if_empty()
        self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate many Docs, which is faster: by batches of ``batch_size`` Docs, or fewer if they are long."""
        handle_error = self.get_error_handler()
        for docs in batch_docs(stream, batch_size):
            self._warn_if_empty()
            try:
                self.annotate(docs)
            except Exception as err:
                handle_error(self.name, self, docs, err)
            else:
                yield from docs

    def _warn_if_empty(self) -> None:
        if not self._warned and not len(self.table):
            self._warned = True
            warnings.warn(str(BionerError("B331", name=self.name)), stacklevel=3)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the terms as bytes."""
        return sealed.to_bytes(self._parts(), self.about(), self._read_vocab())

    def from_bytes(self: Self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Replace the terms by those in the bytes. Raises as ``from_disk``."""
        return self._load(sealed.from_bytes(data, self.name, self._files(), self._read_vocab()), f"{len(data)} bytes")

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the terms into a folder. Raises B581 if that fails."""
        sealed.write_folder(path, self.name, self._parts(), self.about(), self._read_vocab())

    def from_disk(self: Self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Replace the terms by those in a folder.

        Raises B580 or B582 if the folder is damaged or incomplete, B584 if there are too many terms.
        Warns (B583) of a config or tokenizer that was changed.
        """
        return self._load(sealed.read_folder(path, self.name, self._files(), self._read_vocab()), path)

    def _files(self) -> tuple[str, ...]:
        """Return the names of the files of ``_parts``."""
        return (TERMS_FILE,)

    def _read_vocab(self) -> Vocab | None:
        """Return the vocabulary if the component reads its word vectors, else None."""
        return None

    def _parts(self) -> dict[str, bytes]:
        return {TERMS_FILE: pack_terms(self.table)}

    def _load(self: Self, saved: sealed.Saved, place: object) -> Self:
        with sealed.explain_damage(self.name, place):
            self.build(list(unpack_terms(saved.parts[TERMS_FILE], place)))
        return self
