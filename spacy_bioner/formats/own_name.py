"""Locks of files between processes; and temporary names beside an output, each of one writer at a time.

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

NO_LOCK = -1
"""In place of the descriptor of a locked file, where there are no locks."""


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


def lock_file(path: Path, wait: bool = False) -> int | None:
    """Make and lock a file of this name; return its descriptor, NO_LOCK, or None if another process has it locked.

    The lock ends when the last process that has inherited the descriptor closes it, or is killed. wait: until the
    other process has released it. Raises OSError.
    """
    while fcntl is not None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:  # it is locked, or on a file system without locks
            os.close(descriptor)
            return None if isinstance(error, BlockingIOError) else NO_LOCK
        # The holder removes or renames the file before it releases the lock. A process that opened the file before
        # that, and got the lock after it, holds the lock of a file of no or another name, and the next process would
        # make and lock a new file of this name:
        #
        #     A holds f, unlinks f, releases    B opened f before: locks the unnamed file    C makes and locks a new f
        #
        # Therefore the lock counts only if the file still has this name; otherwise B tries again.
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)
    return NO_LOCK


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file has this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


@contextmanager
def _own(first: Path, folder: bool) -> Iterator[Path]:
    names = (first if number == 1 else first.with_name(f"{first.name}-{number}") for number in count(1))
    path, lock = next((name, lock) for name in names if (lock := lock_file(_locked(name, folder))) is not None)
    try:
        for left in names:
            if not _locked(left, folder).exists():
                break
            if (killed := lock_file(_locked(left, folder))) not in (None, NO_LOCK):
                _release(left, folder, killed)
        yield path
    finally:
        _release(path, folder, lock)


def _locked(path: Path, folder: bool) -> Path:
    """Return the file whose lock says that a writer has a file or folder."""
    return path.with_name(f"{path.name}.lock") if folder else path


def _release(path: Path, folder: bool, lock: int) -> None:
    """Delete a file or folder, and then its lock."""
    if folder:
        shutil.rmtree(path, ignore_errors=True)
    file = _locked(path, folder)
    # After the renaming another writer may have made a new file of this name.
    if lock == NO_LOCK or _is_at(file, lock):
        with suppress(OSError):
            file.unlink()
    if lock != NO_LOCK:
        os.close(lock)
