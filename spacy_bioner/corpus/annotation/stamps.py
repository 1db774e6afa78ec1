"""Stamps of files (name, size, modification time), which show whether they have changed since an earlier run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...formats.brat.files import SETTINGS, files_of, hidden_name

BESIDE = ("README.md", "meta.json")
"""Files in the folder of a pipeline that `card` writes, and that no annotation depends on."""


def size_of(path: Path) -> list[int]:
    """Return the size of a file (and of those beside it: see ``files_of``), or the number of files in a folder."""
    return [sum(1 for _ in _inside(one)) if one.is_dir() else one.stat().st_size for one in files_of(path)]


def stamps(paths: Iterable[str | Path], without: Collection[str] = ()) -> list[Any]:
    """Return the paths, each with the stamps of what reading it opens: see ``files_of``.

    without: names of files in folders that do not count.
    """
    return [[str(path), *(_stamp(file, without) for file in files_of(Path(path)))] for path in paths]


def stamp_model(model: str) -> list[Any]:
    """Return the stamps of a pipeline: of its folder or, for an installed package, of the package's."""
    if Path(model).exists() or not model.isidentifier():
        return stamps([model], BESIDE)
    package = find_spec(model)
    return stamps(package.submodule_search_locations or [] if package is not None else [], BESIDE)


def _stamp(path: Path, without: Collection[str]) -> list[Any]:
    if path.is_dir():
        files = (file for file in sorted(_inside(path)) if file.name not in without and file.suffix != ".pyc")
        return [str(path), [[str(file.relative_to(path)), *_size_and_time(file)] for file in files]]
    return [str(path), *_size_and_time(path)]


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, without those that reading it skips: hidden ones, and brat's own."""
    for file in folder.rglob("*"):
        if file.is_file() and not hidden_name(str(file.relative_to(folder))) and file.name not in SETTINGS:
            yield file


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
