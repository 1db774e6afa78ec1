"""A worker: loads one pipeline and annotates shards, in this process, another process or a cluster."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from spacy.language import Language

from ...documents.document import Document
from ...errors import BionerError
from ...formats import jsonl
from ...formats.text_io import encoded, open_output
from .counts import Counts
from .store import save
from .stream import Selection, annotate

Tick = Callable[[int], None]
"""Called for each annotated document, with its number of tokens, and with 0 for one that failed."""


@dataclass(frozen=True, slots=True)
class Task:
    """The settings of a worker: plain values that can be sent to another process.

    model: a folder or an installed package. components: those to run, None for all. gpu_id: -1 for the CPU.
    lines: suffix of the shards if the output is JSON lines, compressed or not: they are then written in its final form
        and only have to be concatenated. "" for shards in the lossless ``store``.
    code: a Python file to import before the pipeline is loaded, as with ``spacy train --code``; "" for none.
    """

    model: str
    components: tuple[str, ...] | None = None
    selection: Selection = field(default_factory=Selection)
    batch_size: int | None = None
    gpu_id: int = -1
    lines: str = ""
    code: str = ""

    def load(self) -> Language:
        """Load the pipeline. Raises B804 for no pipeline, B279 for a component that it does not have, B763 for code
        that does not run.
        """
        from spacy.util import import_file

        from ...pipeline.load import load_pipeline

        if self.gpu_id >= 0:
            from thinc.api import require_gpu

            require_gpu(self.gpu_id)
        if self.code:
            try:
                import_file("python_code", self.code)
            except Exception as err:
                raise BionerError("B763", path=self.code, reason=f"{type(err).__name__}: {err}") from err
        nlp = load_pipeline(self.model)
        if self.components is not None:
            unknown = [name for name in self.components if name not in nlp.pipe_names]
            if unknown:
                raise BionerError("B279", component=unknown[0], known=", ".join(nlp.pipe_names))
            nlp.select_pipes(enable=list(self.components))
        return nlp


def freeze_heap() -> None:
    """Exclude all objects that exist now from garbage collection; call it when the pipeline is loaded.

    A full collection visits every object. A pipeline lives as long as its process, and has so many that each full
    collection takes up to 0.3 s. ``gc.unfreeze`` undoes it.
    """
    gc.collect()
    gc.freeze()


def end_with_parent() -> None:
    """End this process when the one that started it ends, however that is; call it in a worker process.

    A worker waits at a pipe that all workers hold open. So it does not see that its parent was killed, and would stay
    for ever, with its pipeline in memory.
    """
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)  # what it was writing has a temporary name

    Thread(target=wait, name="bioner-parent", daemon=True).start()


def shard_files(folder: Path, number: int, suffix: str = "") -> tuple[Path, Path, Path]:
    """Return the paths of a shard's documents, errors and counts; the counts are written last.

    suffix: that of ``Task.lines``.
    """
    stem = f"{number:06d}"
    return folder / f"{stem}{suffix or '.jsonl'}", folder / f"{stem}.errors.jsonl", folder / f"{stem}.json"


def annotate_shard(
    nlp: Language,
    task: Task,
    folder: Path,
    number: int,
    documents: Iterable[Document],
    tick: Tick | None = None,
    killers: Collection[int] | None = None,
) -> Counts:
    """Annotate documents, write them and the failures into a job's folder, and return the counts.

    A document on which the pipeline fails is set aside with its message. A shard is complete when its counts are
    written. Raises B101 if nothing can be written.

    killers: for a shard on which a process was killed, the places of the documents at which that happened, counted from
    0. They are set aside (B251), and the others are annotated one at a time: see ``document_in_work``.
    """
    found, errors, summary = shard_files(folder, number, task.lines)
    failures: list[dict[str, Any]] = []

    def failed(document: Document, err: Exception) -> None:
        failures.append({"id": document.id, "shard": number, "error": f"{type(err).__name__}: {err}"})
        if tick is not None:
            tick(0)

    counts = Counts()

    def watched(stream: Iterable[Document]) -> Iterable[Document]:
        before = 0
        for document in stream:
            yield document
            if tick is not None:
                tick(counts.tokens - before)
                before = counts.tokens

    def annotated(given: Iterable[Document]) -> Iterable[Document]:
        return annotate(
            nlp, given, task.selection, batch_size=task.batch_size, failed=failed, forget=True, counts=counts
        )

    def singly() -> Iterable[Document]:
        mark = _mark(folder, number)
        for at, document in enumerate(documents):
            if at in (killers or ()):
                failed(document, BionerError("B251"))
                continue
            mark.write_text(str(at))
            yield from annotated([document])
        mark.unlink(missing_ok=True)

    store = jsonl.write if task.lines else save
    store(watched(annotated(documents) if killers is None else singly()), found)
    counts.set_aside = len(failures)
    errors.unlink(missing_ok=True)
    if failures:
        write_lines(failures, errors)
    # The counts include the size of the file, so that a file that was truncated later does not count as complete.
    write_lines([{**counts.to_dict(), "bytes": found.stat().st_size}], summary)
    return counts


def document_in_work(folder: Path, number: int) -> int | None:
    """Return the place of the document of a shard at which a process was killed that annotated one at a time.

    None if it was killed before the first, as it loaded the pipeline. The place is forgotten.
    """
    mark = _mark(folder, number)
    try:
        return int(mark.read_text())
    except (OSError, ValueError):
        return None
    finally:
        mark.unlink(missing_ok=True)


def _mark(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.at"


def write_lines(records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write objects as JSON lines, atomically. Raises B101."""
    with open_output(path) as file:
        for record in records:
            file.write(encoded(json.dumps(record, ensure_ascii=False) + "\n", path))


def read_counts(folder: Path, number: int, suffix: str = "") -> Counts | None:
    """Return the counts of a complete shard; None for a missing or incomplete one. suffix: see ``shard_files``."""
    found, _, summary = shard_files(folder, number, suffix)
    try:
        values = json.loads(summary.read_text(encoding="utf-8"))
        if values.pop("bytes") != found.stat().st_size:
            return None
        return Counts.from_dict(values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
