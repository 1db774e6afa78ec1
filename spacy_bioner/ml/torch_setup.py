"""Set-up of torch for the layers of this package: installation check, forked processes, threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial, wraps
from threading import Lock, local
from typing import Any

from ..errors import require


@cache
def set_up_torch() -> None:
    """Check that torch is installed, and prevent deadlocks in processes forked from this one.

    ``nlp.pipe(n_process=2)`` forks. A child process does not have the OpenMP threads of its parent, and waits for them
    forever when it enters a parallel region. With one thread it never enters one; the processes share the cores anyway.
    torch's own data loader does the same in its workers.

    Raises B900 if torch is not installed.
    """
    torch = require("torch", extra="torch")
    if hasattr(os, "register_at_fork"):  # absent on Windows, which does not fork
        os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))
        os.register_at_fork(after_in_child=one_thread.reset)


def without_autograd(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Let the ``forward`` of a thinc layer run in torch's inference mode when it predicts.

    Every call of torch is then spared the bookkeeping of autograd, a microsecond or two each.
    """

    @wraps(forward)
    def run(model: Any, X: Any, is_train: bool) -> Any:
        import torch

        with torch.inference_mode(not is_train):
            return forward(model, X, is_train)

    return run


class OneThread:
    """A context, ``with one_thread:``, in which torch computes on the calling thread alone, for small products.

    For a product of microseconds, starting the other threads costs as much as it saves on an idle machine. It costs
    milliseconds if other processes use the cores, because every thread must be scheduled before the product is done.
    The context may be nested, and entered by several threads at once.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Reset the state in a forked process, where the lock may be held by a thread that does not exist."""
        self._lock = Lock()
        self._inside = 0  # threads that are inside
        self._number = 1  # torch's number of threads before the first of them entered
        self._own = local()

    def __enter__(self) -> None:
        import torch

        self._own.depth = getattr(self._own, "depth", 0) + 1
        if self._own.depth > 1:
            return
        with self._lock:
            # A thread that asks torch while another is inside would get 1, and would restore 1 on leaving. So the
            # number is asked for only when nobody is inside.
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
        torch.set_num_threads(self._number)  # OpenMP keeps one number per thread; this sets the calling thread's


one_thread = OneThread()

NARROW = 128
"""Up to this width of its layers, a transformer runs in one thread."""


def threads_for(width: int) -> AbstractContextManager:
    """Return ``one_thread`` for a transformer of a width up to ``NARROW``, and an empty context for a wider one.

    The products of a narrow network take about a millisecond or less. Beside two other processes on two cores,
    pretraining one of two layers of 128 took 8 s in one thread and 82 s in two.
    """
    return one_thread if width <= NARROW else nullcontext()


def set_threads(number: int) -> None:
    """Set the number of CPU threads that torch uses. Raises B900 if torch is not installed."""
    require("torch", extra="torch").set_num_threads(number)
