"""A large corpus annotated in shards, resumable: every shard is written whole, and none is annotated twice.

    OUTPUT.parts/job.json          the job: inputs, model, settings
    OUTPUT.parts/000001.jsonl      the documents of a shard, renamed to this when complete; if OUTPUT is JSON lines
                                   (.jsonl, .jsonl.gz), in its final form, else in the lossless ``store``
    OUTPUT.parts/000001.json       its counts, written last: this file marks the shard as done
    OUTPUT                         all shards in their order, when all are done
    OUTPUT.errors.jsonl            what was left out, if any: faults of the input, documents that the pipeline failed on
    OUTPUT.manifest.json           the job, its counts, the output's size: written last; then the parts are removed

The same call resumes an interrupted run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ...errors import BionerError
from ...formats import (
    Document,
    ProblemLog,
    Source,
    check_output,
    checked,
    format_to_write,
    sources,
    split_paths,
    write,
)
from ...formats.folders import is_beside
from ...formats.output_places import check_apart, check_file, check_folder, is_special
from ...formats.own_name import NO_LOCK, lock_file
from ...formats.text_io import open_output
from .counts import Counts
from .engines import Engine, one_process
from .input_problems import InputProblems, from_dict, to_dict
from .joining import Shards, explain_full_disk, read_lines, write_errors
from .stamps import size_of, stamp_model, stamps
from .worker import Task, read_counts, write_lines

LOCK = "lock"
SHARD_SIZE = 1000
"""Documents per shard: an interrupted run loses the work on at most this many in each process."""


@dataclass(slots=True)
class Job:
    """An annotation task with its input and output.

    input: files, folders, archives or globs, separated by commas. format: format of the input; None detects it.
    target_format: format of the output; None follows its suffix. reading, writing: options of the two formats.
    shard_size: documents per shard.
    """

    input: str
    output: Path
    task: Task
    format: str | None = None
    target_format: str | None = None
    reading: dict[str, Any] = field(default_factory=dict)
    writing: dict[str, Any] = field(default_factory=dict)
    shard_size: int = SHARD_SIZE

    @property
    def parts(self) -> Path:
        """The folder of the shards."""
        return self.output.with_name(self.output.name + ".parts")

    @property
    def manifest(self) -> Path:
        """The file with the job's description and counts."""
        return self.output.with_name(self.output.name + ".manifest.json")

    @property
    def errors(self) -> Path:
        """The file of the documents that were set aside."""
        return self.output.with_name(self.output.name + ".errors.jsonl")

    def fingerprint(self) -> dict[str, Any]:
        """Return what the shards depend on: the inputs with size and modification time, the model and the settings.

        The format of the output is none of it: shards in the ``store`` can be written in any.
        """
        options = [value for value in self.reading.values() if isinstance(value, str | Path) and value]
        values = {
            "inputs": stamps(source.path for source in self.sources()),
            "model": stamp_model(self.task.model),
            "code": stamps([self.task.code] if self.task.code else []),
            "options": stamps(option for option in options if Path(option).exists()),  # files that options name
            "task": asdict(self.task),
            "formats": [self.format, self.reading],
            "shard_size": self.shard_size,
        }
        return json.loads(json.dumps(values, default=str))

    def written(self) -> dict[str, Any]:
        """Return how the output was written: its format with the options, and what of it is there."""
        values = {"format": self.target_format, "options": self.writing, "size": size_of(self.output)}
        return json.loads(json.dumps(values, default=str))

    def sources(self, report: ProblemLog | None = None) -> list[Source]:
        """Return each file to read with its format and options; report: takes notes of files that are skipped."""
        return sources(expand_globs(self.input, report), self.format, self.reading, report)

    def count(self) -> int:
        """Read the input through and return the number of its documents."""
        problems = ProblemLog("skip", keep=0)
        return sum(1 for source in self.sources() for _ in source.read(problems))

    def check(self, overwrite: bool = False) -> None:
        """Check the job, and set the format of the output and of the shards.

        Raises B282 for shards of no document, B862 for an output that is a device or a pipe, B164 for one inside the
        input or around it, B275 for one that no job has written (unless ``overwrite``), and the errors of
        ``formats.check_output``.
        """
        if self.shard_size < 1:
            raise BionerError("B282", size=self.shard_size)
        if is_special(self.output):
            raise BionerError("B862", path=self.output, what="a device or a pipe, and a job is resumed from its output")
        self.target_format = format_to_write(self.output, self.target_format)
        # Whether this job has written the output, and it is complete, is known when the pipeline is: see ``run_job``.
        if overwrite or not self.manifest.exists():
            check_output(self.output, self.target_format, overwrite=True)
            if not overwrite:
                _refuse_older_output(self)
        check_folder(self.parts)
        for file in (self.manifest, self.errors):
            check_file(file)
        if self.target_format == "jsonl":
            packed = self.output.suffix.lower()
            self.task = replace(self.task, lines=f".jsonl{packed}" if packed in (".gz", ".xz") else ".jsonl")
        check_apart([*split_paths(self.input), *expand_globs(self.input)], self.output)


class Watch:
    """An observer of a job's progress; this base class ignores it."""

    def document(self, tokens: int) -> None:
        """Called for each document that this process annotated, with its tokens, and with 0 for one that failed."""

    def kept(self, counts: Counts) -> None:
        """Called first, with the counts of each shard that an earlier run finished."""

    def shard(self, counts: Counts) -> None:
        """Called with the counts of each shard that this run finished."""

    def source(self, documents: int, share: float) -> None:
        """Called with the number of documents read so far and the share of the input, by size, that was read."""


@dataclass(slots=True)
class Result:
    """The result of a job.

    counts: of all documents. read: the problems of the input. written: what the format of the output cannot hold.
    resumed: number of shards that an earlier run had finished. finished: whether an earlier run had finished the job.
    """

    counts: Counts
    read: ProblemLog
    written: ProblemLog
    resumed: int = 0
    finished: bool = False


def expand_globs(paths: str, report: ProblemLog | None = None) -> list[Path]:
    """Return the paths, with patterns (* or ?) replaced by their sorted matches. Raises B130 if none matches.

    What commands keep beside an output (``is_beside``) matches no pattern; report: takes notes of it (B117).
    """
    result: list[Path] = []
    for path in split_paths(paths):
        if path.exists() or not any(char in str(path) for char in "*?["):
            result.append(path)
            continue
        found = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
        beside = {one for one in found if is_beside(one)}
        if report is not None:
            for one in sorted(beside):
                report.note("B117", one)
        found = [one for one in found if one not in beside]
        if not found:
            raise BionerError("B130", path=path, hint="no path fits this pattern")
        result += found
    return result


def run_job(job: Job, engine: Engine = one_process, *, overwrite: bool = False, watch: Watch | None = None) -> Result:
    """Annotate the input of a job into its output, or resume an interrupted run.

    engine: runs the shards. watch: observes the progress.
    Raises the errors of ``Job.check``, B275 for the output of another job (unless ``overwrite``), B276 if another
    process runs the job, B278 if a process was killed, B101 if nothing can be written, B874 if the disk is full.
    Finished shards are kept.
    """
    # The order of the writes makes every interruption safe:
    #   job.json -> (shard, counts) of each number, in any order -> output -> errors -> manifest -> parts removed
    # A shard without counts is annotated again; parts without a manifest are resumed; with one the job is done.
    job.check(overwrite)
    watch = watch or Watch()
    fingerprint = job.fingerprint()
    if not overwrite:
        if (earlier := _finished(job, fingerprint)) is not None:
            return earlier
        _refuse_other_jobs(job, fingerprint)
    with _lock(job):
        _begin(job, fingerprint, overwrite)
        found = ((number, read_counts(job.parts, number, job.task.lines)) for number in _numbers(job))
        done = {number: counts for number, counts in found if counts is not None}
        resumed = len(done)
        for counts in done.values():
            watch.kept(counts)
        cutter = _Cutter()
        faults = job.parts / "input.errors.jsonl"
        with explain_full_disk(job.parts), open_output(faults) as file:
            problems = InputProblems(file)
            missing = (shard for shard in cutter.cut(job, problems, watch) if shard[0] not in done)
            for number, counts in engine(job.task, missing, job.parts, watch.document):
                done[number] = counts
                watch.shard(counts)
        # Engines finish shards in any order: counts, documents and errors are joined by number, so that the output
        # does not depend on the number of processes.
        counts = Counts()
        for number in range(1, cutter.shards + 1):
            counts.add(done[number])
        written = ProblemLog("skip")
        shards = Shards(job.parts, cutter.shards, job.task.lines)
        with explain_full_disk(job.parts):
            if job.task.lines:
                shards.concatenate(job.output)
            else:  # permission to overwrite was checked before the first shard
                write(shards.documents(), job.output, job.target_format, written, overwrite=True, **job.writing)
        write_errors(chain(read_lines(faults), shards.failures()), job.errors)
        told = {**to_dict(problems), "lost": to_dict(written)}
        record = {"job": fingerprint, "written": job.written(), "counts": counts.to_dict(), **told}
        write_lines([record], job.manifest)
        shutil.rmtree(job.parts, ignore_errors=True)
    return Result(counts, problems, written, resumed)


class _Cutter:
    """Splits the input into shards and counts them."""

    def __init__(self) -> None:
        self.shards = 0

    def cut(self, job: Job, problems: InputProblems, watch: Watch) -> Iterator[tuple[int, list[Document]]]:
        """Yield the numbers, from 1, and documents of the shards."""
        # An id that the format of the output cannot hold would else be found when all is annotated.
        documents = checked(self._read(job, problems, watch), job.output, job.target_format)
        while shard := list(islice(documents, job.shard_size)):
            self.shards += 1
            yield self.shards, shard

    def _read(self, job: Job, problems: InputProblems, watch: Watch) -> Iterator[Document]:
        found = job.sources(problems)
        sizes = [source.path.stat().st_size if source.path.is_file() else 0 for source in found]
        number = read = 0
        for source, size in zip(found, sizes, strict=True):
            for document in source.read(problems):
                number += 1
                yield document
            read += size
            watch.source(number, read / max(sum(sizes), 1))


def _finished(job: Job, fingerprint: dict[str, Any]) -> Result | None:
    """Return the result of an earlier, finished run of the same job, else None."""
    try:
        record = json.loads(job.manifest.read_text(encoding="utf-8"))
        if (record["job"], record["written"]) != (fingerprint, job.written()):
            return None
        counts, read, lost = Counts.from_dict(record["counts"]), from_dict(record), from_dict(record["lost"])
        return Result(counts, read, lost, finished=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refuse_other_jobs(job: Job, fingerprint: dict[str, Any]) -> None:
    begun = _begun(job)
    if begun is not None and begun != fingerprint:
        raise BionerError("B275", path=job.parts, what="the parts of another job, or of other data or settings")
    _refuse_older_output(job)


def _refuse_older_output(job: Job) -> None:
    # An output without manifest beside parts of this job is this job's own, interrupted in its last step.
    if _begun(job) is None and _holds_something(job.output):
        raise BionerError("B275", path=job.output, what="an older output")


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists() and path.stat().st_size > 0


def _begun(job: Job) -> dict[str, Any] | None:
    try:
        return json.loads((job.parts / "job.json").read_text(encoding="utf-8"))
    except OSError:
        return None
    except ValueError:
        return {}


def _begin(job: Job, fingerprint: dict[str, Any], overwrite: bool) -> None:
    """Write the description of the job unless it is there; with ``overwrite`` delete all that an earlier run left."""
    if overwrite:
        for left in job.parts.iterdir():
            if left.name != LOCK:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    if _begun(job) is None:
        write_lines([fingerprint], job.parts / "job.json")


def _numbers(job: Job) -> Iterable[int]:
    return (int(path.stem) for path in job.parts.glob("[0-9]*.json") if path.stem.isdecimal())


@contextmanager
def _lock(job: Job) -> Iterator[None]:
    """Make the job's folder, and lock it while its shards are run. Raises B276 if another process has the lock."""
    try:
        job.parts.mkdir(parents=True, exist_ok=True)
        # A kernel lock, not the existence of a file, marks a running job: the kernel releases it when the process ends,
        # even if it is killed, so that no stale lock can block the next run.
        lock = lock_file(job.parts / LOCK)
    except OSError as err:
        raise BionerError("B101", path=job.parts, reason=err.strerror or str(err)) from err
    if lock is None:
        raise BionerError("B276", path=job.parts)
    try:
        yield
    finally:
        if lock != NO_LOCK:
            os.close(lock)
