"""``spacy bioner annotate``: a pipeline put to work on files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Exit, Option

from . import command, options

SET_ASIDE = 3
"""The exit code of a job that is whole but for documents that were set aside."""


@command
def annotate(
    model: Annotated[str, Argument(help="Trained pipeline: a folder or a package", show_default=False)],
    source: Annotated[
        str,
        Argument(
            metavar="INPUT",
            help="Files, folders, archives or patterns in any format; several are separated by commas",
            show_default=False,
        ),
    ],
    target: Annotated[Path, Argument(metavar="OUTPUT", help="File to write (brat: also a folder)", show_default=False)],
    from_: options.Format = None,
    format: Annotated[str | None, Option(help="Format of OUTPUT; by default its suffix tells")] = None,
    unit: Annotated[str | None, Option(help="What makes a document of plain text: file, paragraph or line")] = None,
    encoding: options.Encoding = None,
    threshold: Annotated[float | None, Option(help="Leave out entities with a lower score (0 to 1)")] = None,
    labels: Annotated[str, Option(help="Only these labels, separated by commas")] = "",
    components: Annotated[str, Option(help="Run only these components of the pipeline, separated by commas")] = "",
    keep: Annotated[bool, Option("--keep", help="Keep the mentions that INPUT has beside the new ones")] = False,
    ontology: Annotated[
        str, Option(help="brat: name of the ontology of concept ids that do not say it themselves, as MESH:D003 does")
    ] = "ID",
    batch_size: Annotated[int | None, Option(help="Documents that go through the pipeline at once", min=1)] = None,
    shard_size: Annotated[int, Option(help="Documents of a shard, the unit of what is kept at an interruption")] = 1000,
    n_process: Annotated[int, Option(help="Processes, each with the pipeline and one thread", min=1)] = 1,
    engine: Annotated[
        str, Option(help="Who does the work: local, or ray (a cluster; OUTPUT on storage all nodes see)")
    ] = "local",
    address: Annotated[
        str | None,
        Option(help="ray: address of a running cluster; by default Ray starts here"),
    ] = None,
    workers: Annotated[int | None, Option(help="ray: pipelines at once; by default one a CPU, or a GPU", min=1)] = None,
    gpus: Annotated[float, Option(help="ray: GPUs of each worker")] = 0,
    gpu_id: options.Gpu = -1,
    overwrite: Annotated[bool, Option("--overwrite", help="Replace an older OUTPUT")] = False,
) -> None:
    """Annotate files with a trained pipeline, in the format you like.

    Offsets are those of the texts as they are. Run the same command again after an interruption: it goes on. Documents
    on which anything fails are set aside in OUTPUT.errors.jsonl, the rest goes on, and the exit code is 3.

    Examples:

    spacy bioner annotate training/mine/crf/model-last texts/ annotated/ --format brat

    spacy bioner annotate en_bioner_disease "pubmed/*.xml.gz" diseases.jsonl.gz --n-process 2

    spacy bioner annotate MODEL corpus.bioc.xml corpus.pubtator --threshold 0.5 --labels Disease
    """
    from wasabi import msg

    from ..corpus.annotation.engines import one_process
    from ..corpus.annotation.job import Job, run_job
    from ..corpus.annotation.stream import Selection, check_pipeline
    from ..corpus.annotation.worker import Task
    from ..formats import format_to_write, options_of
    from ..text_tables import aligned
    from .progress import Progress

    selection = Selection(threshold, _names(labels), keep)
    task = Task(model, _names(components), selection, batch_size, gpu_id)
    writing: dict[str, Any] = {"ontology": ontology, "settings": True}
    known = options_of(format_to_write(target, format), "write")
    writing = {name: value for name, value in writing.items() if name in known}
    reading = {"unit": unit, "encoding": encoding}
    job = Job(source, target, task, from_, format, reading, writing, shard_size)
    job.check()
    options.check_gpu(gpu_id)
    check_pipeline(task.load(), selection.labels)
    runner = _engine(engine, n_process, address, workers, gpus)
    with Progress(job, single=runner is one_process) as progress:
        result = run_job(job, runner, overwrite=overwrite, watch=progress)
    if result.finished:
        msg.info(f"{target} is whole already: nothing to do (--overwrite to do it again)")
    if result.resumed:
        msg.info(f"{result.resumed} shards of an earlier run were kept")
    for line in (*result.read.describe(), *result.written.describe()):
        msg.warn(line)
    counts = result.counts
    means = {label: counts.mean_score(label) for label in counts.labels}
    rows = [
        (label, f"{number:,}", "-" if (mean := means[label]) is None else f"{mean:.3f}")
        for label, number in counts.labels.most_common()
    ]
    print(aligned(("label", "entities", "mean score"), rows))
    msg.good(
        f"{target}: {counts.documents:,} documents, {counts.words:,} words, {counts.labels.total():,} entities; "
        f"{counts.empty:,} documents without any"
    )
    if counts.set_aside:
        msg.warn(f"{counts.set_aside:,} documents failed and were set aside: see {job.errors}")
        raise Exit(SET_ASIDE)


def _engine(name: str, n_process: int, address: str | None, workers: int | None, gpus: float) -> Any:
    from ..corpus.annotation.engines import one_process, several_processes
    from ..corpus.annotation.ray_engine import on_ray

    if options.is_ray(name):
        return on_ray(address, workers, gpus)
    return one_process if n_process == 1 else several_processes(n_process)


def _names(text: str) -> tuple[str, ...] | None:
    names = tuple(filter(None, (part.strip() for part in text.split(","))))
    return names or None
