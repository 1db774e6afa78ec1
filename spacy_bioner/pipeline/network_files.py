"""Serialisation of components with a network: ``cfg``, ``model`` and optional files, sealed (``sealed.py``)."""

# No `from __future__ import annotations`: components are checked by spaCy against the types of their methods.

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import srsly
from spacy.vocab import Vocab
from thinc.api import Model

from ..ml.saved_model import parameter_count, read_model, unchanged_on_error
from . import sealed

CFG, MODEL, OPTIMIZER = "cfg", "model", "optimizer"


class NetworkFiles:
    """Mixin with the four serialisation methods; it precedes ``TrainablePipe`` among the base classes.

    Names in ``exclude``: ``cfg``, ``model``, ``optimizer``. The vocabulary is saved by the pipeline.
    """

    name: str
    vocab: Vocab
    model: Model
    cfg: dict[str, Any]
    _FILES: ClassVar = (CFG, MODEL, OPTIMIZER)

    def describe(self) -> dict[str, Any]:
        """Return the description of the component for its ``meta.json``."""
        return {}

    def extra_files(self) -> dict[str, bytes]:
        """Return additional files to save with the network, by name."""
        return {}

    def take_extra_files(self, files: Mapping[str, bytes]) -> None:
        """Load the files of ``extra_files``."""

    def check_saved(self, cfg: dict[str, Any]) -> None:
        """Raise ValueError where ``cfg`` as read is invalid for the component."""

    def check_loaded(self) -> None:
        """Raise ValueError where the network as read does not fit ``cfg``."""

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the component as bytes."""
        return sealed.to_bytes(self._parts(exclude), self._about(), self._read_vocab())

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Any:
        """Load the bytes of ``to_bytes``. Raises as ``from_disk``."""
        saved = sealed.from_bytes(bytes_data, self.name, self._names(exclude), self._read_vocab())
        return self._take(saved, f"{len(bytes_data)} bytes", exclude)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component into a folder. Raises B581 if that fails; an incomplete folder does not load."""
        sealed.write_folder(path, self.name, self._parts(exclude), self._about(), self._read_vocab())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Any:
        """Read the folder that ``to_disk`` wrote.

        Raises B580 if it is damaged, incomplete, of another component or of another config, B582 if it was saved
        with other word vectors or other components before it, and B584 if a size is over its limit. Warns (B583)
        where the config or the tokenizer was changed.
        """
        saved = sealed.read_folder(path, self.name, self._names(exclude), self._read_vocab())
        return self._take(saved, path, exclude)

    def _parts(self, exclude: Iterable[str]) -> dict[str, bytes]:
        parts = {CFG: srsly.json_dumps(self.cfg).encode("utf8"), MODEL: self.model.to_bytes(), **self.extra_files()}
        return {name: content for name, content in parts.items() if name not in exclude}

    def _names(self, exclude: Iterable[str]) -> list[str]:
        return [name for name in self._FILES if name not in exclude]

    def _about(self) -> dict[str, Any]:
        return {"class": type(self).__name__, "parameters": parameter_count(self.model), **self.describe()}

    def _read_vocab(self) -> Vocab | None:
        """Return the vocabulary if the network reads its word vectors, else None."""
        reads = any(node.name in ("word_embedding", "static_vectors") for node in self.model.walk())
        return self.vocab if reads else None

    def _take(self, saved: sealed.Saved, place: object, exclude: Iterable[str]) -> Any:
        before = self.cfg
        try:
            with sealed.explain_damage(self.name, place), unchanged_on_error(self.model):
                if saved.about["class"] != type(self).__name__:
                    raise ValueError(f"it is of a {saved.about['class']}, not a {type(self).__name__}")
                if CFG not in exclude:
                    cfg = srsly.json_loads(saved.parts[CFG].decode("utf8"))
                    self.check_saved(cfg)
                if MODEL not in exclude:
                    read_model(self.model, srsly.msgpack_loads(saved.parts[MODEL]))
                if CFG not in exclude:
                    self.cfg = dict(cfg)
                if MODEL not in exclude:
                    self.check_loaded()
                self.take_extra_files(saved.parts)
        except BaseException:
            self.cfg = before
            raise
        return self
