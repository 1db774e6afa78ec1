"""Temporary names beside an output, each of one writer at a time.

Two processes that write the same output must not share a temporary file, or their contents mix. A writer locks its file
with a kernel lock (``flock``), which ends with the process, even if it is killed:

    out.part      absent, or without a lock because its writer was killed: it is taken
    out.part      locked by another writer: out.part-2 is tried, then out.part-3 ...

A folder has a file beside it for the lock, ``NAME.lock``. What killed writers left is used again, or deleted, by the
next one. Without ``flock`` (Windows, some network file systems) the first name is always taken.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

_NO_LOCK = -1


@contextmanager
def own_file(first: Path) -> Iterator[Path]:
    """Yield the path of a file that no other writer has: ``first``, or ``first-2`` ...; it may hold an old content.

    It is deleted at the end, unless it has got another name. Raises OSError.
    """
    with _own(first, folder=False) as path:
        yield path


@contextmanager
def own_folder(first: Path) -> Iterator[Path]:
    """Yield the path of an empty folder that no other writer has, as ``own_file`` does."""
    with _own(first, folder=True) as path:
        if path.exists():
            shutil.rmtree(path)
        path.mkdir()
        yield path


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in this context with the same folder."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks of folders
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file has this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


@contextmanager
def _own(first: Path, folder: bool) -> Iterator[Path]:
    names = (first if number == 1 else first.with_name(f"{first.name}-{number}") for number in count(1))
    path, lock = next((name, lock) for name in names if (lock := _lock(_locked(name, folder))) is not None)
    try:
        for left in names:
            if not _locked(left, folder).exists():
                break
            if (killed := _lock(_locked(left, folder))) not in (None, _NO_LOCK):
                _release(left, folder, killed)
        yield path
    finally:
        _release(path, folder, lock)


def _locked(path: Path, folder: bool) -> Path:
    """Return the file whose lock says that a writer has a file or folder."""
    return path.with_name(f"{path.name}.lock") if folder else path


def _lock(path: Path) -> int | None:
    """Make and lock a file; return its descriptor, _NO_LOCK where there are no locks, None if another writer has it."""
    if fcntl is None:
        return _NO_LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # a file system without locks
        os.close(descriptor)
        return _NO_LOCK
    # Another writer may have renamed or deleted the file after it was opened here: then this is not the file of that
    # name, and a third writer could lock that one.
    if is_at(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _release(path: Path, folder: bool, lock: int) -> None:
    """Delete a file or folder, and then its lock."""
    if folder:
        shutil.rmtree(path, ignore_errors=True)
    file = _locked(path, folder)
    # After the renaming another writer may have made a new file of this name.
    if lock == _NO_LOCK or is_at(file, lock):
        with suppress(OSError):
            file.unlink()
    if lock != _NO_LOCK:
        os.close(lock)
