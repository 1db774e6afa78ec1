"""A lock on the folder of a run, held by the experiment and by the training process, or on a file that several change.

It is a kernel lock (``flock``), which is released when the last process that holds it ends, even if it is killed: the
lock file of a killed experiment does not block the next one. The file names the holder. Without ``flock`` (Windows,
some network file systems) nothing is locked.
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
from ..formats.own_name import NO_LOCK, lock_file

LOCK = "lock.json"


@contextmanager
def hold(path: Path, *, wait: bool = False) -> Iterator[tuple[int, ...]]:
    """Hold a lock by a file of this name; yield the file descriptors that a child process must keep to hold it too.

    If another process holds it, wait, or raise B847.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = lock_file(path, wait)
    if descriptor is None:
        raise BionerError("B847", path=path.parent, **_owner(path))
    if descriptor == NO_LOCK:
        yield ()
        return
    try:
        os.ftruncate(descriptor, 0)
        owner = {"pid": os.getpid(), "host": platform.node(), "started": time.strftime("%Y-%m-%d %H:%M:%S")}
        os.write(descriptor, json.dumps(owner).encode())
        yield (descriptor,)
    finally:
        path.unlink(missing_ok=True)  # before the release: nobody may lock a file that is about to be removed
        os.close(descriptor)


def _owner(path: Path) -> dict[str, Any]:
    try:
        owner = json.loads(path.read_text(encoding="utf8"))
        return {key: owner[key] for key in ("pid", "host", "started")}
    except (OSError, ValueError, KeyError, TypeError):  # it is being written
        return dict.fromkeys(("pid", "host", "started"), "?")
