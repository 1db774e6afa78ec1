"""Runs the service in one or several processes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

from ..corpus.annotation.stream import Selection
from ..corpus.annotation.worker import Task, end_with_parent, freeze_heap
from .app import Limits, make_app

SETTINGS = "SPACY_BIONER_SERVE"
"""Environment variable that passes the settings, as JSON, to worker processes."""

ANSWERS = 60
"""Seconds in which a worker has to answer, else uvicorn replaces it. Its imports alone may take longer than uvicorn's 5
seconds on a busy machine: every worker would be replaced before it serves.
"""


def run(task: Task, limits: Limits, host: str, port: int, workers: int = 1) -> None:
    """Serve until interrupted.

    workers: number of processes that share the port; each loads the pipeline.
    Raises the errors of ``Task.load`` and ``make_app``.
    """
    import uvicorn

    # Also before workers start, which would fail and be replaced for ever.
    app = _app(task, limits)
    if workers == 1:
        uvicorn.run(app, host=host, port=port, log_level="warning")
        return
    del app
    os.environ[SETTINGS] = json.dumps({"task": asdict(task), "limits": asdict(limits)})
    uvicorn.run(
        f"{__name__}:app_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        timeout_worker_healthcheck=ANSWERS,
    )


def app_from_environment() -> Any:
    """Return the service that the environment variable ``SETTINGS`` describes; uvicorn calls it in each worker."""
    end_with_parent()
    values = json.loads(os.environ[SETTINGS])
    task = Task(**{**values["task"], "selection": Selection(**values["task"]["selection"])})
    return _app(task, Limits(**values["limits"]))


def _app(task: Task, limits: Limits) -> Any:
    app = make_app(task.load(), limits, task.selection)
    freeze_heap()
    return app
