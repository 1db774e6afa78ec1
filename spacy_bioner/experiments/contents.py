"""Digests of the inputs of a result: files and folders named by arguments, overrides and configs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..formats.brat.files import files_of

RECORD = ".once.json"
"""The end of the name of a record that ``once`` keeps beside a result."""

_CHUNK = 1 << 20


def digest_path(path: Path, leave_out: Collection[Path] = ()) -> str:
    """Return a digest of the bytes of a file, or of the names and bytes of the files below a folder.

    leave_out: resolved paths below the folder that do not count, nor do files below them. Records of ``once`` never do.
    """
    total = blake2b(digest_size=16)
    files = [path]
    if path.is_dir():
        there = (file for file in path.rglob("*") if file.is_file() and not file.name.endswith(RECORD))
        files = sorted(file for file in there if not (leave_out and _at_or_below(file.resolve(), leave_out)))
    for file in files:
        total.update(f"{file.relative_to(path).as_posix()}\0".encode(errors="surrogateescape"))
        status = file.stat()
        total.update(_digest_file(file.resolve(), status.st_mtime_ns, status.st_size))
    return total.hexdigest()


@lru_cache(maxsize=10_000)
def _digest_file(file: Path, changed: int, size: int) -> bytes:
    """Return the digest of a file's bytes, cached, because many trials read the same file of vectors."""
    state = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            state.update(chunk)
    return state.digest()


def _at_or_below(path: Path, places: Iterable[Path]) -> bool:
    return any(path == place or place in path.parents for place in places)


def digest_named(values: Iterable[Any], leave_out: Iterable[Path] = (), outputs: Iterable[Path] = ()) -> dict[str, str]:
    """Return the digest of every file and folder named by values, by path.

    values: texts such as ``a.tsv``, ``a.tsv,b.tsv``, ``name=a.tsv``, ``--paths.train=a.tsv``, and lists and mappings of
    them; a place inside an archive counts as the archive, one file of a brat pair as all of them. For a config
    (``.cfg``), the config itself and the files that its settings name. leave_out: paths of results, which are not
    inputs; neither are the files below them. outputs: folders for results; what lies in them is an input only where a
    value names it or one of them. A folder that contains some of all these counts without them.
    """
    results, places = [path.resolve() for path in leave_out], [path.resolve() for path in outputs]
    found: dict[str, str] = {}
    for path in _paths(values):
        resolved = path.resolve()
        if str(path) in found or _at_or_below(resolved, results):
            continue
        found[str(path)] = digest_path(path, [place for place in (*results, *places) if resolved in place.parents])
        if path.suffix == ".cfg":
            found |= digest_named(_settings(path), results, places)
    return dict(sorted(found.items()))


def _paths(values: Iterable[Any]) -> Iterator[Path]:
    for value in values:
        if isinstance(value, Mapping):
            yield from _paths(value.values())
        elif isinstance(value, list | tuple):
            yield from _paths(value)
        elif isinstance(value, str | Path) and str(value).strip():
            # "name=a.tsv,b.tsv" may name the files "name=a.tsv,b.tsv", "a.tsv,b.tsv", "name=a.tsv", "a.tsv", "b.tsv":
            # all that exist count as inputs: one too many does no harm, one too few would hide a change.
            texts = {str(value), str(value).partition("=")[2]}
            parts = {part.strip() for text in texts for part in text.split(",")}
            for part in sorted(texts | parts | {part.partition("=")[2] for part in parts}):
                # "." and ".." contain all that is there; a value such as "en" may match a folder by chance.
                if part.strip("./"):
                    yield from _existing(Path(part))


def _existing(path: Path) -> list[Path]:
    """Return the files and folders that reading a path opens."""
    try:
        return files_of(path)
    except (OSError, ValueError):  # too long for a file name, or containing a null character
        return []


def _settings(path: Path) -> list[Any]:
    """Return the values of a config; none for an invalid config, which the command itself will reject."""
    from confection import ConfigValidationError
    from spacy.util import load_config

    try:
        return list(load_config(path).values())
    except (OSError, ValueError, ConfigValidationError):
        return []
