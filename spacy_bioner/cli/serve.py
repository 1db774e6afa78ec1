"""``spacy bioner serve``: serves a pipeline over HTTP."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def serve(
    model: Annotated[str, Argument(help="Trained pipeline: a folder or a package", show_default=False)],
    host: Annotated[str, Option(help="Address to listen on; 0.0.0.0 for all interfaces")] = "127.0.0.1",
    port: Annotated[int, Option(help="Port", min=0, max=65535)] = 8080,
    workers: Annotated[int, Option(help="Processes, each with the pipeline", min=1)] = 1,
    threads: Annotated[int, Option(help="Requests that each process handles at once", min=1)] = 4,
    characters: Annotated[int, Option(help="Maximum number of characters in a request", min=1)] = 1_000_000,
    documents: Annotated[int, Option(help="Maximum number of documents in a request", min=1)] = 1_000,
    seconds: Annotated[float, Option(help="Time limit of a request, in seconds", min=0)] = 60.0,
    threshold: options.Threshold = None,
    gpu_id: options.Gpu = -1,
) -> None:
    """Serve a pipeline over HTTP: a web page at /, POST /annotate and /bioc, GET /health and /card.

    Example:

    spacy bioner serve training/mine/crf/model-last --port 8080

    curl -d '{"text": "A rash after aspirin."}' http://127.0.0.1:8080/annotate
    """
    from ..corpus.annotation.stream import Selection
    from ..corpus.annotation.worker import Task
    from ..errors import require
    from ..serving.app import Limits
    from ..serving.server import run

    require("uvicorn", "serve")
    options.check_gpu(gpu_id)
    task = Task(model, None, Selection(threshold), gpu_id=gpu_id)
    limits = Limits(characters=characters, documents=documents, seconds=seconds, threads=threads)
    run(task, limits, host, port, workers)
