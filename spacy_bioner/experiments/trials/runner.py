"""Trials in processes of their own, several in parallel; finished runs are not repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import BionerError
from ..lock import LOCK, hold
from ..runs import Run, read_run
from .data_splits import DataParts
from .ray_launch import Launch
from .worker import LOG, Trial, describe_parts

LINES = 15
"""Number of log lines that are shown of a failed trial."""

Planned = tuple[Trial, Callable[[], DataParts]]
"""A trial and a function that returns its data: documents are split when the trial starts, not all in advance."""

Tell = Callable[[Trial, Run, bool], None]
"""Called with each run: its trial, the run, and whether it existed already."""

Watch = Callable[[Sequence[Trial]], None]
"""Called once a second with the trials that are running."""


def run_all(
    planned: Sequence[Planned],
    tell: Tell,
    jobs: int = 1,
    overwrite: bool = False,
    launch: Launch | None = None,
    watch: Watch = lambda running: None,
) -> list[Run]:
    """Train the missing runs, ``jobs`` in parallel, and return all runs in the order given.

    A finished run is skipped if its config, overrides, data and the files that the overrides name are unchanged, and
    if it has its pipeline or need not keep it. With ``overwrite`` a changed one is replaced. Each process uses its
    share of the cores unless OMP_NUM_THREADS is set.

    tell: called with each run. launch: runs a trial elsewhere, as ``ray_launch.on_ray`` does; None for a process on
    this machine. watch: called with the running trials.

    Raises, before training, B837 if two trials share a folder and B832 if a folder has a run with other settings; then
    B847 for the first trial that another process has locked, and B833 for the first that fails. Finished runs are kept.
    """
    paths = [trial.path for trial, _ in planned]
    double = next((path for i, path in enumerate(paths) if path in paths[:i]), None)
    # A pipeline that is tested must not be in the folder of its own run, whose content is replaced.
    own = (trial.path for trial, _ in planned if trial.pipeline and _is_below(Path(trial.pipeline), trial.path))
    if (double := double or next(own, None)) is not None:
        raise BionerError("B837", path=double)
    done: dict[Path, Run] = {}
    missing: list[Planned] = []
    maker: Callable[[], DataParts] | None = None
    parts: DataParts | None = None
    for trial, make_parts in planned:
        if parts is None or make_parts is not maker:  # configs share their parts
            maker, parts = make_parts, make_parts()
        describe_parts(trial, parts)
        if trial.finished():
            done[trial.path] = trial.existing()
            tell(trial, done[trial.path], True)
        elif trial.changed() and not overwrite:
            raise BionerError("B832", path=trial.path)
        else:
            missing.append((trial, make_parts))
    with _terminated_like_interrupted():
        for trial, run in _in_processes(missing, jobs, launch, watch):
            done[trial.path] = run
            tell(trial, run, False)
    return [done[path] for path in paths]


def _in_processes(
    planned: Sequence[Planned], jobs: int, launch: Launch | None, watch: Watch
) -> Iterable[tuple[Trial, Run]]:
    environment = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // jobs)), **os.environ}
    running: set[subprocess.Popen[Any]] = set()

    def train(trial: Trial, locks: Sequence[int]) -> int:
        """Return the exit status of the process. It inherits the locks, and ends when its standard input is closed."""
        command = [sys.executable, "-m", "spacy_bioner.experiments.trials.worker", str(trial.path)]
        streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with (trial.work / LOG).open("wb") as log:
            process = subprocess.Popen(command, stdout=log, env=environment, pass_fds=locks, **streams)
            running.add(process)
            try:
                return process.wait()
            finally:
                running.discard(process)
                process.stdin.close()  # type: ignore[union-attr]

    def make(trial: Trial, make_parts: Callable[[], DataParts]) -> Run:
        with hold(trial.path / LOCK) as locks:
            if trial.finished():  # by another experiment, since the check in run_all
                return trial.existing()
            trial.prepare(make_parts())
            status = launch(trial.path, trial.work) if launch else train(trial, locks)
        if status:
            raise BionerError(
                "B833", path=trial.path, status=status, log=trial.work / LOG, last=_tail(trial.work / LOG)
            )
        return read_run(trial.path)

    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(make, *item): item[0] for item in planned}
        try:
            waiting = set(futures)
            while waiting:  # wakes once a second, to handle signals that were delivered to another thread
                ready, waiting = wait(waiting, 1.0, FIRST_COMPLETED)
                watch([trial for future, trial in futures.items() if future in waiting and future.running()])
                for future in ready:
                    yield futures[future], future.result()
        finally:  # after a failure or an interruption: start no other trial, and stop the running ones
            for future in futures:
                future.cancel()
            for process in list(running):
                process.terminate()


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Make SIGTERM raise SystemExit in this context, as Ctrl-C raises KeyboardInterrupt, to end processes."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread handles signals
        yield
        return

    def leave(number: int, frame: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _is_below(path: Path, folder: Path) -> bool:
    return folder.resolve() in path.resolve().parents


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf8", errors="replace").rstrip().splitlines()
    return "\n".join(lines[-LINES:])
