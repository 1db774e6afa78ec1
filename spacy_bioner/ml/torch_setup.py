"""What torch needs before a layer of ours uses it."""

from __future__ import annotations

import os
from functools import cache, partial

from ..errors import require


@cache
def set_up_torch() -> None:
    """Say what to install where torch is absent, and keep it from hanging in processes forked from this one.

    ``nlp.pipe(n_process=2)`` forks. The OpenMP threads of the parent do not live on in a child, which waits for them
    for ever as soon as it enters a parallel region; with one thread it enters none, and the processes share the
    cores among them anyway. torch's own data loader does the same in its workers.

    Raises B900: torch is not installed.
    """
    torch = require("torch", extra="torch")
    if hasattr(os, "register_at_fork"):  # absent on Windows, which does not fork
        os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))


def set_threads(number: int) -> None:
    """Have torch compute with so many CPU threads. Raises B900: torch is not installed."""
    require("torch", extra="torch").set_num_threads(number)
