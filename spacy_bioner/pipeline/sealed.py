"""Sealed files of a component: ``meta.json`` has the checksum of every other file, and one of itself.

Every component is saved and loaded by these functions. ``meta.json`` is written last, so that a folder that is
incomplete, damaged, edited or mixed from two models does not load (B580). It also has the checksums of the parts of the
pipeline that were written before the component (``beside``), and of the word vectors if the component reads them, as
its weights are valid with these only (B582, B583):

    pipeline/config.cfg, tokenizer      <- beside
    pipeline/earlier_component/         <- beside (the checksum of its meta.json, which covers its files)
    pipeline/component/model            <- files
    pipeline/component/meta.json        <- seal: the checksum of all of this, without the seal itself
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np
import srsly
from spacy.util import ensure_path
from spacy.vocab import Vocab
from thinc.backends import get_array_ops

from ..collecting import keep_collecting
from ..errors import BionerError
from ..formats.own_name import own_file

META = "meta.json"
FORMAT = 2
CONFIG, TOKENIZER = "config.cfg", "tokenizer"
_CHUNK = 1 << 20
_PIPELINE = re.compile(r"^pipeline = (\[.*\])$", re.MULTILINE)

_APART = ContextVar("vectors_apart", default=False)


class Saved(NamedTuple):
    """The saved parts: ``about``, a JSON object that describes the component, and its files by name."""

    about: dict[str, Any]
    parts: dict[str, bytes]


def write_folder(
    path: str | Path, name: str, parts: Mapping[str, bytes], about: Mapping[str, Any], vocab: Vocab | None = None
) -> None:
    """Write the files of a component into its folder, then ``meta.json``.

    name: of the component, for messages. vocab: given if the component reads its word vectors.
    Raises B581 if the folder cannot be written; an incomplete folder does not load.
    """
    folder = Path(ensure_path(path))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in parts.items():
            (folder / file).write_bytes(content)
        # Renaming is atomic: meta.json is the old one or the new one, and the old one does not match new files.
        with own_file(folder / f"{META}.part") as temporary:
            temporary.write_bytes(_seal(parts, about, vocab, _beside(folder)))
            os.replace(temporary, folder / META)
    except OSError as error:
        reason = error.strerror or error
        raise BionerError("B581", name=name, path=error.filename or folder, reason=reason) from error


def read_folder(path: str | Path, name: str, files: Sequence[str], vocab: Vocab | None = None) -> Saved:
    """Read those of ``files`` that ``meta.json`` lists: a component that was saved untrained may lack some.

    Raises B580 if the folder differs from what was saved, B582 if the earlier components or the word vectors differ;
    warns (B583) if the pipeline's config or tokenizer was changed.
    """
    folder = Path(ensure_path(path))
    with explain_damage(name, folder):
        meta = open_meta(_read(folder / META))
        saved = _check({file: _read(folder / file) for file in files if file in meta["files"]}, meta)
        changed = changed_beside(meta, folder)
    _check_vectors(meta, name, folder, vocab)
    for file in changed:
        values = {"name": name, "place": folder, "file": folder.parent / file}
        if file not in (CONFIG, TOKENIZER):
            raise BionerError("B582", **values)
        warnings.warn(str(BionerError("B583", **values)), stacklevel=4)
    return saved


def to_bytes(parts: Mapping[str, bytes], about: Mapping[str, Any], vocab: Vocab | None = None) -> bytes:
    """Return the files and their ``meta.json`` as one message."""
    return srsly.msgpack_dumps({META: _seal(parts, about, vocab, {}), **parts})


def from_bytes(data: bytes, name: str, files: Sequence[str], vocab: Vocab | None = None) -> Saved:
    """Read the bytes of ``to_bytes``. Raises B580 for anything else, B582 if the word vectors differ."""
    place = f"{len(data)} bytes"
    with explain_damage(name, place):
        message = srsly.msgpack_loads(data)
        meta = open_meta(message[META])
        saved = _check({file: message[file] for file in files if file in meta["files"]}, meta)
    _check_vectors(meta, name, place, vocab)
    return saved


@contextmanager
def vectors_apart() -> Iterator[None]:
    """Allow components to load inside the context without their word vectors, to read their weights."""
    token = _APART.set(True)
    try:
        yield
    finally:
        _APART.reset(token)


@contextmanager
def explain_damage(name: str, place: object) -> Iterator[None]:
    """Raise B580 in place of any exception inside the context, except errors with a code."""
    # Damaged or forged bytes can cause any exception in the libraries that parse them.
    try:
        with keep_collecting():
            yield
    except BionerError:
        raise
    except Exception as error:
        missing = isinstance(error, KeyError) and error.args
        reason = f"{error.args[0]!r} is missing" if missing else str(error) or type(error).__name__
        raise BionerError("B580", name=name, place=place, reason=reason) from error


def open_meta(data: bytes) -> dict[str, Any]:
    """Read ``meta.json``. Raises ValueError or KeyError if its checksum does not match."""
    meta = json.loads(data.decode("utf8"))
    if not isinstance(meta, dict):
        raise ValueError(f"{META} holds no object")
    if meta["format"] != FORMAT:
        raise ValueError(f"{META} is of format {meta['format']}, this version reads {FORMAT}")
    if meta.pop("seal") != digest(_canonical(meta)):
        raise ValueError(f"{META} was changed after it was saved")
    _check_form(meta)
    return meta


def _check_form(meta: dict[str, Any]) -> None:
    """Raise ValueError or KeyError for a description of another form: a forger can seal it, too."""
    about, files = meta["about"], meta["files"]
    forms = [
        *((f"{name!r}", isinstance(meta[name], dict)) for name in ("about", "versions", "files", "beside")),
        ("'vectors'", isinstance(meta["vectors"], str | None)),
    ]
    if all(right for _, right in forms):
        labels = about.get("labels", [])
        forms += [
            ("the labels", isinstance(labels, list) and all(isinstance(label, str) for label in labels)),
            ("the files", all(is_inside(name) and _is_stated(file) for name, file in files.items())),
            # What is beside is read to the end: /dev/zero has none, and ../.. is all that a disk holds.
            ("the names of what is beside", all(map(is_inside, meta["beside"]))),
        ]
    if wrong := [what for what, right in forms if not right]:
        raise ValueError(f"{META} has another form than it is saved in: {wrong[0]}")


def _is_stated(file: Any) -> bool:
    return isinstance(file, dict) and type(file.get("bytes")) is int and isinstance(file.get("sha256"), str)


def is_inside(name: object) -> bool:
    """Return whether a name that a file of a stranger states is of something inside the folder, and not above it."""
    path = PurePath(name) if isinstance(name, str) else PurePath()
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in chunks."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def digest_path(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files in a folder and their names; of a sealed folder of its meta."""
    if not path.is_dir():
        return digest_file(path)
    if (path / META).is_file():
        return digest_file(path / META)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return digest("\n".join(f"{file.relative_to(path).as_posix()} {digest_file(file)}" for file in files).encode())


def digest_vectors(data: Any, key2row: Mapping[int, int]) -> str:
    """Return the SHA-256 of word vectors: their table, and the row of each key."""
    table: Any = np.ascontiguousarray(get_array_ops(data).to_numpy(data))
    pairs = np.array(sorted(key2row.items()), dtype="<u8")
    return digest(hashlib.sha256(table).digest() + repr(table.shape).encode() + pairs.tobytes())


def changed_beside(meta: Mapping[str, Any], folder: Path) -> list[str]:
    """Return the names of the files and folders beside a component's folder that changed since it was saved."""
    beside = meta.get("beside", {})
    there = {file: folder.parent / file for file in beside}
    return [file for file, path in there.items() if not path.exists() or digest_path(path) != beside[file]]


def _seal(
    parts: Mapping[str, bytes], about: Mapping[str, Any], vocab: Vocab | None, beside: Mapping[str, str]
) -> bytes:
    meta = {
        "format": FORMAT,
        "about": dict(about),
        "versions": {package: version(package) for package in ("spacy-bioner", "spacy", "thinc")},
        "files": {name: {"bytes": len(content), "sha256": digest(content)} for name, content in parts.items()},
        "vectors": _vectors(vocab),
        "beside": dict(beside),
    }
    meta["seal"] = digest(_canonical(meta))
    return json.dumps(meta, indent=2).encode("utf8")


def _canonical(meta: Mapping[str, Any]) -> bytes:
    # The seal is of the content, not of the bytes: JSON that was only formatted anew still matches.
    return json.dumps(meta, sort_keys=True, separators=(",", ":")).encode("utf8")


def _vectors(vocab: Vocab | None) -> str | None:
    if vocab is None or not vocab.vectors.shape[0]:
        return None
    return digest_vectors(vocab.vectors.data, vocab.vectors.key2row)


def _beside(folder: Path) -> dict[str, str]:
    """Return the checksums of what ``nlp.to_disk`` wrote before: config, tokenizer and earlier components.

    Empty if the folder is not part of a pipeline.
    """
    config = folder.parent / CONFIG
    found = _PIPELINE.search(config.read_text(encoding="utf8")) if config.is_file() else None
    names = json.loads(found[1]) if found else []
    if folder.name not in names:
        return {}
    before = [CONFIG, TOKENIZER, *names[: names.index(folder.name)]]
    return {name: digest_path(folder.parent / name) for name in before if (folder.parent / name).exists()}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing") from None


def _check(parts: dict[str, bytes], meta: dict[str, Any]) -> Saved:
    for name, content in parts.items():
        expected = meta["files"][name]
        if len(content) != expected["bytes"] or digest(content) != expected["sha256"]:
            raise ValueError(f"{name} ({len(content)} of {expected['bytes']} bytes) is not what was saved")
    return Saved(meta["about"], parts)


def _check_vectors(meta: Mapping[str, Any], name: str, place: object, vocab: Vocab | None) -> None:
    if vocab is not None and not _APART.get() and _vectors(vocab) != meta["vectors"]:
        raise BionerError("B582", name=name, place=place, file="the table of word vectors (vocab)")
