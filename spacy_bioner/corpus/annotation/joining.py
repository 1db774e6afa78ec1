"""The end of an annotation: its shards are joined into the output, and what was left out into one file."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from ...errors import BionerError
from ...formats import ProblemLog, write
from ...formats.text_io import open_output
from .store import load
from .worker import read_counts, shard_files, write_lines

if TYPE_CHECKING:
    from .job import Job


@contextmanager
def explain_full_disk(job: Job) -> Iterator[None]:
    """Raise B874, which says how to resume, in place of a B101 for a full disk, which may come from another process."""
    try:
        yield
    except BionerError as err:
        if err.code == "B101" and any(os.strerror(number) in str(err) for number in (ENOSPC, EDQUOT, EFBIG)):
            raise BionerError("B874", reason=err, path=job.parts) from err
        raise


def join(job: Job, shards: int, notes: ProblemLog) -> None:
    """Write the documents of all shards as the output, atomically. Raises B274 if a shard is no longer complete."""
    if job.task.lines:
        # Shards in the final form are copied as bytes: concatenated gzip or xz files are a valid file of that kind.
        with open_output(job.output, raw=True) as file:
            for number in range(1, shards + 1):
                _append(job, number, file)
        return
    documents = chain.from_iterable(load(shard_files(job.parts, number)[0]) for number in range(1, shards + 1))
    # Permission to overwrite was checked before the first shard.
    write(documents, job.output, job.target_format, notes, overwrite=True, **job.writing)


def _append(job: Job, number: int, file: IO[bytes]) -> None:
    path = shard_files(job.parts, number, job.task.lines)[0]
    if read_counts(job.parts, number, job.task.lines) is None:
        raise BionerError("B274", path=path, reason="it or its counts are not what was written")
    with open(path, "rb") as shard:
        shutil.copyfileobj(shard, file, 2**20)


def write_errors(job: Job, shards: int, faults: list[dict[str, Any]]) -> None:
    """Write the faults of the input and the documents on which the pipeline failed to one file, if there are any."""
    records = list(faults)
    for number in range(1, shards + 1):
        path = shard_files(job.parts, number)[1]
        if path.exists():
            # Lines of a file end with "\n" alone; str.splitlines would also split at U+2028 inside a message.
            with path.open(encoding="utf-8", newline="\n") as lines:
                records += map(json.loads, lines)
    job.errors.unlink(missing_ok=True)
    if records:
        write_lines(records, job.errors)
