"""``spacy bioner annotate``: annotates files with a trained pipeline."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Exit, Option

from . import command, options

if TYPE_CHECKING:
    from spacy.language import Language

    from ..corpus.annotation.counts import Counts
    from ..pipeline.outputs import Outputs

SET_ASIDE = 3
"""Exit code if the job is complete but something was left out: faults of the input, documents that failed."""


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
    format: Annotated[
        str | None, Option("--to", "--format", help="Format of OUTPUT; by default that of its suffix")
    ] = None,
    unit: options.Unit = None,
    encoding: options.Encoding = None,
    threshold: options.Threshold = None,
    labels: Annotated[str, Option(help="Write only entities with these labels, separated by commas")] = "",
    attributes: Annotated[
        str,
        Option(help="Write span extensions as attributes: 'negex=Negated,is_historical=Historical'"),
    ] = "",
    code: Annotated[
        str, Option(help="Python file to import first, for components that no package registers, such as negex")
    ] = "",
    components: Annotated[str, Option(help="Run only these components of the pipeline, separated by commas")] = "",
    keep: Annotated[bool, Option("--keep", help="Keep the mentions of INPUT beside the new ones")] = False,
    ontology: Annotated[
        str, Option(help="brat: name of the ontology, put before concept ids without one (MESH:D003 has one)")
    ] = "ID",
    batch_size: options.BatchSize = None,
    shard_size: Annotated[
        int, Option(help="Documents per shard; an interruption loses only unfinished shards", min=1)
    ] = 1000,
    n_process: Annotated[int, Option(help="Processes, each with the pipeline and one thread", min=1)] = 1,
    engine: Annotated[
        str, Option(help="Where the pipeline runs: local, or ray (a cluster; OUTPUT must be on shared storage)")
    ] = "local",
    address: options.Address = None,
    workers: Annotated[
        int | None, Option(help="ray: number of parallel pipelines; by default one per CPU, or per GPU", min=1)
    ] = None,
    gpus: Annotated[float, Option(help="ray: GPUs per worker", min=0)] = 0,
    gpu_id: options.Gpu = -1,
    overwrite: Annotated[bool, Option("--overwrite", help="Replace an existing OUTPUT")] = False,
) -> None:
    """Annotate files with a trained pipeline and write them in any format.

    Texts are not changed, except that a byte order mark at the start of a file is dropped; offsets refer to the text.
    To resume after an interruption, run the same command again. Faults of the input and documents on which the
    pipeline fails are left out and recorded in OUTPUT.errors.jsonl; the exit code is then 3.

    Examples:

    spacy bioner annotate training/mine/crf/model-last texts/ annotated/ --format brat

    spacy bioner annotate en_bioner_disease "pubmed/*.xml.gz" diseases.jsonl.gz --n-process 2

    spacy bioner annotate MODEL corpus.bioc.xml corpus.pubtator --threshold 0.5 --labels Disease
    """
    from wasabi import msg

    from ..corpus.annotation.job import Job, run_job
    from ..corpus.annotation.stream import Selection, check_pipeline
    from ..corpus.annotation.worker import Task
    from ..documents.span_attributes import parse_attributes
    from ..formats import format_to_write, known_options
    from ..formats.brat.rendering import check_labels
    from ..text_tables import counted
    from .progress import Progress

    selection = Selection(threshold, _names(labels), keep, parse_attributes(attributes))
    task = Task(model, _names(components), selection, batch_size, gpu_id, code=code)
    written = format_to_write(target, format)
    reading = {"unit": unit, "encoding": encoding}
    job = Job(source, target, task, from_, format, reading, {}, shard_size)
    job.check(overwrite)
    options.check_gpu(gpu_id)
    nlp = task.load()
    outputs = check_pipeline(nlp, selection.labels, selection.attributes)
    related = outputs.relations if selection.labels is None else outputs.relations_of(selection.labels)
    writing = {
        "ontology": ontology,
        "settings": True,
        "predicted": True,
        "labels": selection.labels or outputs.labels,
        "relations": related,
    }
    if written == "brat":
        check_labels([*(selection.labels or outputs.labels), *related])
    job.writing.update(known_options(written, "write", writing))
    runner, single = _engine(nlp, engine, n_process, address, workers, gpus)
    del nlp  # other processes load their own
    try:
        with Progress(job, single=single) as progress:
            result = run_job(job, runner, overwrite=overwrite, watch=progress)
    except KeyboardInterrupt:
        msg.warn(f"Stopped. The shards that are finished are kept in {job.parts}: the same command again goes on")
        raise
    if result.finished:
        msg.info(f"{target} is complete: nothing to do (--overwrite to annotate again)")
    if result.resumed:
        msg.info(f"Kept of an earlier run: {counted(result.resumed, 'shard')}")
    for line in (*result.read.describe(), *result.written.describe()):
        msg.warn(line)
    counts = result.counts
    options.tell_none(counts.documents, target)
    _print(counts, outputs, target)
    if unwritten := +result.written.left_out:
        lost = ", ".join(f"{number:,} {what}" for what, number in unwritten.items())
        msg.warn(f"Found, but not written, because the format cannot hold them: {lost}")
    if counts.set_aside:
        msg.warn(f"Failed and set aside: {counted(counts.set_aside, 'document')}; see {job.errors}")
    if result.read.faults:
        msg.warn(f"Left out of the input: {counted(result.read.faults, 'fault')}; see {job.errors}")
    if counts.set_aside or result.read.faults:
        raise Exit(SET_ASIDE)


def _print(counts: Counts, outputs: Outputs, target: Path) -> None:
    """Print what was found, of each kind that the pipeline gives or the documents have."""
    from wasabi import msg

    from ..text_tables import aligned, counted

    said = [f"{counted(counts.documents, 'document')}, {counted(counts.tokens, 'token')}"]
    if outputs.entities or counts.labels:
        means = {label: counts.mean_score(label) for label in counts.labels}
        rows = [
            (label, f"{number:,}", "-" if (mean := means[label]) is None else f"{mean:.3f}")
            for label, number in counts.labels.most_common()
        ]
        print(aligned(("label", "entities", "mean score"), rows))
        said[0] += f", {counted(counts.labels.total(), 'entity', 'entities')}"
        said.append(f"{counted(counts.empty, 'document')} without entities")
    if outputs.relations or counts.relations or counts.left_out:
        print(aligned(("type", "relations"), [(label, f"{n:,}") for label, n in counts.relations.most_common()]))
        said.append(counted(counts.relations.total(), "relation"))
    if outputs.answers or counts.answers:
        said.append(f"{counted(counts.answers, 'answer')} to {counted(counts.answered, 'question')}")
    if counts.left_out:
        msg.warn(f"Left out, because a mention is not among the entities: {counted(counts.left_out, 'relation')}")
    msg.good(f"{target}: {'; '.join(said)}")


def _engine(
    nlp: Language, name: str, n_process: int, address: str | None, workers: int | None, gpus: float
) -> tuple[Any, bool]:
    """Return the engine, and whether it is this process, which has loaded the pipeline."""
    from ..corpus.annotation.engines import one_process, several_processes
    from ..corpus.annotation.ray_engine import on_ray

    if options.is_ray(name):
        return on_ray(address, workers, gpus), False
    return (partial(one_process, nlp=nlp), True) if n_process == 1 else (several_processes(n_process), False)


def _names(text: str) -> tuple[str, ...] | None:
    names = tuple(filter(None, (part.strip() for part in text.split(","))))
    return names or None
