"""Set up torch for the layers of this package: its presence, forked processes, threads."""

from __future__ import annotations

import os
from functools import cache, partial
from threading import Lock, local

from ..errors import require


@cache
def set_up_torch() -> None:
    """Check that torch is installed, and keep it from hanging in processes forked from this one.

    ``nlp.pipe(n_process=2)`` forks. A child process does not have the OpenMP threads of its parent, and waits for them
    without end as soon as it enters a parallel region; with one thread it enters none, and the processes share the
    cores anyway. torch's own data loader does the same in its workers.

    Raises B900: torch is not installed.
    """
    torch = require("torch", extra="torch")
    if hasattr(os, "register_at_fork"):  # absent on Windows, which does not fork
        os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))
        os.register_at_fork(after_in_child=one_thread.reset)


class OneThread:
    """Have torch compute on the calling thread alone within ``with one_thread:``, for products that are small.

    Waking the other threads for a product of microseconds costs as much as it saves on an idle machine, and
    milliseconds where other processes want the cores: each of them must get its turn before the product is done.
    May be nested, and used by several threads at once.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew, in a forked process: the lock may be held by a thread that does not exist there."""
        self._lock = Lock()
        self._inside = 0  # blocks that any thread is in
        self._number = 1  # what torch was set to before the first of them
        self._own = local()

    def __enter__(self) -> None:
        import torch

        self._own.depth = getattr(self._own, "depth", 0) + 1
        if self._own.depth > 1:
            return
        with self._lock:
            # A thread that first asks torch while another is inside would be told 1, and would keep it.
            if not self._inside:
                self._number = torch.get_num_threads()
            self._inside += 1
        torch.set_num_threads(1)

    def __exit__(self, *error: object) -> None:
        import torch

        self._own.depth -= 1
        if self._own.depth:
            return
        with self._lock:
            self._inside -= 1
        torch.set_num_threads(self._number)  # OpenMP has one number for each thread: this sets that of this thread


one_thread = OneThread()


def set_threads(number: int) -> None:
    """Have torch compute with so many CPU threads. Raises B900: torch is not installed."""
    require("torch", extra="torch").set_num_threads(number)
