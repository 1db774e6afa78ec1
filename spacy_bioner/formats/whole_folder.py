"""Folders that are written whole or not at all: beside their place, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BionerError


@contextmanager
def whole_folder(path: Path, overwrite: bool, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield a new folder to write into; it takes the name ``path`` when all is written, and is removed after an error.

    A program that is killed leaves ``path`` as it was (or, in the instant between two renames under ``overwrite``,
    absent), and beside it a hidden folder that the next write removes. What is safe from a kill is not safe from a
    power cut: the files are not flushed to the disk one by one.

    overwrite: whether a folder that holds files is replaced. ours: tells of a file in it whether it may go; a folder
        that holds any other is never replaced.

    Raises B175 (a folder that holds files, without ``overwrite``), B178 (one that holds files of others) and B101.
    """
    path = Path(os.path.realpath(path))  # the folder that a link means, and a name for "."
    if path.exists() and not path.is_dir():
        raise BionerError("B101", path=path, reason="a file has this name: give another folder")
    held = sorted(Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    if held and not overwrite:
        raise BionerError("B175", path=path)
    foreign = next((file for file in held if not ours(file)), None)
    if foreign is not None:
        raise BionerError("B178", path=path, file=foreign)
    part, old = path.with_name(f".{path.name}.bioner-part"), path.with_name(f".{path.name}.bioner-old")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in (part, old):  # of a program that was killed
            if left.exists():
                shutil.rmtree(left)
        part.mkdir()
        yield part
        if held:
            os.rename(path, old)
        elif path.is_dir():
            path.rmdir()
        os.rename(part, path)
    except OSError as err:
        raise BionerError("B101", path=_meant(err.filename, part, path), reason=err.strerror or str(err)) from err
    finally:
        if old.exists() and not path.exists():
            with suppress(OSError):
                os.rename(old, path)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _meant(file: str | None, part: Path, path: Path) -> str:
    """Return the name of a file under the folder that it was to be in."""
    return str(file or path).replace(str(part), str(path))
