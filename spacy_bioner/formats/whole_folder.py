"""Atomic writing of folders: into a temporary sibling, which is renamed at the end.

    step                               .name.bioner-part    name          .name.bioner-old
    1  write the new files             new, incomplete      old
    2  rename ``name`` away            new                  (absent)      old
    3  rename the new folder           (absent)             new           old
    4  delete the old folder                                new

Killed in step 1, ``name`` is unchanged; between 2 and 3 it is absent and both complete folders exist; afterwards it is
complete. The next call deletes what is left of the hidden folders.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BionerError


@contextmanager
def whole_folder(path: Path, overwrite: bool, replaceable: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield a temporary folder; it is renamed to ``path`` at the end, and removed after an error.

    This does not protect against a power failure: the files are not flushed to the disk one by one.

    overwrite: replace a folder that is not empty. replaceable: whether a file in it may be deleted; a folder with any
        other file is never replaced.

    Raises B175 (a folder that holds files, without ``overwrite``), B178 (one with files that are not replaceable) and
    B101.
    """
    path = Path(os.path.realpath(path))  # resolves links, and gives "." a name
    if path.exists() and not path.is_dir():
        raise BionerError("B101", path=path, reason="a file has this name: give another folder")
    held = sorted(Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    if held and not overwrite:
        raise BionerError("B175", path=path)
    foreign = next((file for file in held if not replaceable(file)), None)
    if foreign is not None:
        raise BionerError("B178", path=path, file=foreign)
    part, old = path.with_name(f".{path.name}.bioner-part"), path.with_name(f".{path.name}.bioner-old")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in (part, old):  # left by a killed program
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
        if old.exists() and not path.exists():  # the second rename failed: undo the first
            with suppress(OSError):
                os.rename(old, path)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _meant(file: str | None, part: Path, path: Path) -> str:
    """Return the name of a file with the final folder in place of the temporary one."""
    return str(file or path).replace(str(part), str(path))
