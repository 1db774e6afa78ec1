"""Stamps of files (name, size, modification time), which show whether they have changed since an earlier run."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...formats.brat.files import files_of


def stamps(paths: Iterable[str | Path]) -> list[Any]:
    """Return the paths, each with the stamps of what reading it opens: see ``files_of``."""
    return [[str(path), *map(_stamp, files_of(Path(path)))] for path in paths]


def stamp_model(model: str) -> list[Any]:
    """Return the stamps of a pipeline: of its folder or, for an installed package, of the package's."""
    if Path(model).exists() or not model.isidentifier():
        return stamps([model])
    package = find_spec(model)
    return stamps(package.submodule_search_locations or [] if package is not None else [])


def _stamp(path: Path) -> list[Any]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")
        return [str(path), [[str(file.relative_to(path)), *_size_and_time(file)] for file in files]]
    return [str(path), *_size_and_time(path)]


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
