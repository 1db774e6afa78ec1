"""Atomic writing of folders: into a temporary sibling, which is renamed at the end.

    step                               .name.bioner-part    name          .name.bioner-old
    1  write the new files             new, incomplete      old
    2  rename ``name`` away            new                  (absent)      old
    3  rename the new folder           (absent)             new           old
    4  delete the old folder                                new

Killed in step 1, ``name`` is unchanged; between 2 and 3 it is absent and both complete folders exist; afterwards it is
complete. The next call deletes what is left of the hidden folders. Two processes that write the same folder have a
temporary folder each (``own_name``) and take turns for steps 2 to 4.

A folder that also holds what is not replaced cannot be renamed: see ``into_folder``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BionerError
from .output_places import check_whole_folder
from .own_name import alone_in, own_folder

PART = ".bioner-part"
"""How the names begin of what ``into_folder`` keeps in a folder until its end, and a killed program leaves there."""


@contextmanager
def whole_folder(path: Path, overwrite: bool, replaceable: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield a temporary folder; it is renamed to ``path`` at the end, and removed after an error.

    This does not protect against a power failure: the files are not flushed to the disk one by one.

    overwrite: replace a folder that is not empty. replaceable: whether a file in it may be deleted; a folder with any
        other file is never replaced.

    Raises what ``check_whole_folder`` raises, before it yields and again at the end, and B101.
    """
    path = Path(os.path.realpath(path))  # resolves links, and gives "." a name
    check_whole_folder(path, overwrite, replaceable)
    part, old = path.with_name(f".{path.name}.bioner-part"), path.with_name(f".{path.name}.bioner-old")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with own_folder(part) as part:
            yield part
            with alone_in(path.parent):
                check_whole_folder(path, overwrite, replaceable)  # again: another process may have written it meanwhile
                _swap(part, path, old)
    except OSError as err:
        raise BionerError("B101", path=_meant(err.filename, part, path), reason=err.strerror or str(err)) from err


@contextmanager
def into_folder(path: Path, last: str) -> Iterator[Path]:
    """Yield a temporary folder inside a folder, which is made; its files and folders are moved there at the end.

    last: the file without which nothing reads the folder. The files replace those of their names one by one: the old
        ``last`` is deleted before, and the new one is moved after all others. So a folder that has it has old files
        only or new files only.

        last      other files
        old       old
        (none)    some old, some new      killed here, the folder is not valid
        new       new

    After an error before the moves nothing is changed. Raises OSError.
    """
    path.mkdir(parents=True, exist_ok=True)
    with own_folder(path / PART) as part:
        yield part
        with alone_in(path):
            (path / last).unlink(missing_ok=True)
            for new in sorted(part.iterdir(), key=lambda file: (file.name == last, file.name)):
                os.replace(new, path / new.name)


def _swap(part: Path, path: Path, old: Path) -> None:
    """Put the new folder in the place of ``path``, if that exists; undo it if that fails. Raises OSError."""
    if old.exists():  # left by a killed program
        shutil.rmtree(old)
    if path.is_dir():
        os.rename(path, old)
    try:
        os.rename(part, path)
    except OSError:
        with suppress(OSError):
            os.rename(old, path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _meant(file: str | None, part: Path, path: Path) -> str:
    """Return the name of a file with the final folder in place of the temporary one."""
    return str(file or path).replace(str(part), str(path))
