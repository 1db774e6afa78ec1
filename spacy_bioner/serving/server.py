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


def run(task: Task, limits: Limits, host: str, port: int, workers: int = 1) -> None:
    """Serve until interrupted.

    workers: number of processes that share the port; each loads the pipeline.
    """
    import uvicorn

    if workers == 1:
        uvicorn.run(_app(task, limits), host=host, port=port, log_level="warning")
        return
    os.environ[SETTINGS] = json.dumps({"task": asdict(task), "limits": asdict(limits)})
    uvicorn.run(f"{__name__}:app_from_environment", factory=True, host=host, port=port, workers=workers)


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
