"""A lock on the folder of a run, held by the experiment and by the training process, or on a file that several change.

It is a kernel lock (``flock``), which is released when the last process that holds it ends, even if it is killed: the
lock file of a killed experiment does not block the next one. The file names the holder. Without ``flock`` (Windows)
nothing is locked.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import BionerError
from ..formats.own_name import is_at

LOCK = "lock.json"


@contextmanager
def hold(path: Path, *, wait: bool = False) -> Iterator[tuple[int, ...]]:
    """Hold a lock by a file of this name; yield the file descriptors that a child process must keep to hold it too.

    If another process holds it, wait, or raise B847.
    """
    try:
        import fcntl
    except ImportError:
        yield ()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _locked(path, wait, fcntl)
    try:
        os.ftruncate(descriptor, 0)
        owner = {"pid": os.getpid(), "host": platform.node(), "started": time.strftime("%Y-%m-%d %H:%M:%S")}
        os.write(descriptor, json.dumps(owner).encode())
        yield (descriptor,)
    finally:
        path.unlink(missing_ok=True)  # before the release: nobody may lock a file that is about to be removed
        os.close(descriptor)


def _locked(path: Path, wait: bool, fcntl: Any) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            os.close(descriptor)
            raise BionerError("B847", path=path.parent, **_owner(path)) from None
        # The holder removes the file before it releases the lock. A process that opened the file before that, and got
        # the lock after it, holds the lock of a file without a name, and the next process would create a second one:
        #
        #     A holds f, unlinks f, releases    B opened f before: locks the unnamed file    C creates and locks a new f
        #
        # Therefore the lock counts only if the file still has this name; otherwise B tries again.
        if is_at(path, descriptor):
            return descriptor
        os.close(descriptor)


def _owner(path: Path) -> dict[str, Any]:
    try:
        owner = json.loads(path.read_text(encoding="utf8"))
        return {key: owner[key] for key in ("pid", "host", "started")}
    except (OSError, ValueError, KeyError, TypeError):  # it is being written
        return dict.fromkeys(("pid", "host", "started"), "?")
