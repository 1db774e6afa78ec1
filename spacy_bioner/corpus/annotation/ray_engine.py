"""The shards of a job on a Ray cluster: Ray Data schedules and retries; each worker holds one loaded pipeline.

The folder of the job, and a model that is not an installed package, must be on storage that all nodes share. The
documents of each shard are written there first. If a node is lost, Ray reassigns its current shard; to write a shard
twice does no harm, because both files are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import require
from ...ray_cluster import connect
from .counts import Counts
from .engines import Engine, Shard
from .store import load, save
from .stream import Selection
from .worker import Task, Tick, annotate_shard, freeze_heap

RETRIES = 5
"""Number of times that a shard is run again after its worker was lost."""

WAVE = 1000
"""Maximum number of shards whose input is on disk at once, which bounds the space that copies of the input take."""


def on_ray(address: str | None = None, workers: int | None = None, gpus: float = 0) -> Engine:
    """Return an engine that runs shards on a Ray cluster.

    address: of a running cluster ("auto": the one this machine belongs to); None starts Ray on this machine.
    workers: number of parallel pipelines; None for one per CPU, or per GPU if ``gpus`` is above 0.
    gpus: per worker; 0.5 puts two workers on one GPU.

    The engine raises B900 if Ray is not installed and B280 if the cluster cannot be reached.
    """

    def run(task: Task, shards: Iterable[Shard], folder: Path, tick: Tick | None) -> Iterator[tuple[int, Counts]]:
        ray = connect(address)
        require("ray.data", "ray")
        resources = ray.cluster_resources()
        number = workers or max(1, int(resources.get("GPU", 0) / gpus if gpus else resources.get("CPU", 1)))
        stream = iter(shards)
        while wave := [_write_input(shard, folder) for shard in islice(stream, WAVE)]:
            yield from _run_wave(ray, task, wave, folder.resolve(), min(number, len(wave)), gpus)

    return run


def _write_input(shard: Shard, folder: Path) -> int:
    number, documents = shard
    save(documents, _input(folder, number))
    return number


def _input(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.in.jsonl"


def _run_wave(
    ray: Any, task: Task, wave: list[int], folder: Path, workers: int, gpus: float
) -> Iterator[tuple[int, Counts]]:
    data = ray.data.from_items([{"number": number} for number in wave], override_num_blocks=len(wave))
    done = data.map_batches(
        Annotator,
        fn_constructor_args=(asdict(task), str(folder)),
        batch_size=1,
        concurrency=workers,
        num_cpus=1,
        num_gpus=gpus or None,
        max_restarts=RETRIES,
        max_task_retries=RETRIES,
    )
    for row in done.iter_rows():
        yield int(row["number"]), Counts.from_dict(json.loads(row["counts"]))
        # The input is deleted only now, because a worker that is lost before its row arrives has to read it again.
        _input(folder, int(row["number"])).unlink(missing_ok=True)


class Annotator:
    """A worker of the cluster: loads the pipeline once, then annotates shards by their numbers."""

    def __init__(self, task: dict[str, Any], folder: str) -> None:
        from threadpoolctl import threadpool_limits

        self._limits = threadpool_limits(1)
        self.task = Task(**{**task, "selection": Selection(**task["selection"])})
        self.folder = Path(folder)
        self.nlp = self.task.load()
        freeze_heap()

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Annotate the shards of a batch and return their counts, as JSON."""
        result = []
        for number in map(int, batch["number"]):
            documents = load(_input(self.folder, number))
            result.append(json.dumps(annotate_shard(self.nlp, self.task, self.folder, number, documents).to_dict()))
        return {"number": list(batch["number"]), "counts": result}
