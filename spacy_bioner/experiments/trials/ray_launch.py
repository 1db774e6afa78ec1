"""Trials as tasks of a Ray cluster: each is the same process as on this machine, on a node with free resources."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ...ray_cluster import connect
from .worker import LOG

RETRIES = 3
"""Maximum number of restarts of a trial whose node was lost."""

Launch = Callable[[Path, Path], int]
"""Runs the trial in a folder, writes its log into another folder, and returns the exit status."""


def on_ray(address: str | None = None, cpus: float = 1, gpus: float = 0) -> Launch:
    """Return a function that runs a trial on a cluster and waits for it. All nodes must share the folders.

    address: of a running cluster; None starts Ray on this machine. cpus, gpus: of each trial.
    Raises B900 if Ray is not installed and B280 if the cluster cannot be reached.
    """
    ray = connect(address)
    remote = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=RETRIES)(_train)

    def launch(folder: Path, work: Path) -> int:
        return ray.get(remote.remote(str(folder.resolve()), str((work / LOG).resolve()), cpus))

    return launch


def _train(folder: str, log: str, cpus: float) -> int:
    import os

    environment = {"OMP_NUM_THREADS": str(max(1, int(cpus))), **os.environ}
    command = [sys.executable, "-m", "spacy_bioner.experiments.trials.worker", folder]
    with (
        open(log, "wb") as file,
        subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.PIPE, env=environment
        ) as process,
    ):
        # The trial ends when its standard input is closed, and therefore with this task.
        return process.wait()
