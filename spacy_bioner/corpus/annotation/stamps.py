"""Stamps of files (name, size, modification time), which show whether they have changed since an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def stamp(path: Path) -> list[Any]:
    """Return the name, size and modification time of a file, or of all files in a folder."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return [str(path), [[str(file.relative_to(path)), *_size_and_time(file)] for file in files]]
    return [str(path), *_size_and_time(path)] if path.exists() else [str(path)]


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
