"""The end of an annotation: its shards are joined into the output, and what was left out into one file."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from itertools import chain
from pathlib import Path
from typing import IO, Any

from ...documents.document import Document
from ...errors import BionerError
from ...formats.text_io import open_output
from .store import load
from .worker import read_counts, shard_files, write_lines


@dataclass(frozen=True, slots=True)
class Shards:
    """The finished shards of a job.

    folder: where they are. number: how many; they are counted from 1. suffix: of shards in the final form of the
    output, JSON lines; "" for shards in the lossless ``store``.
    """

    folder: Path
    number: int
    suffix: str

    def concatenate(self, output: Path) -> None:
        """Write shards in the final form as the output, atomically. Raises B274 if one is no longer complete."""
        # They are copied as bytes: concatenated gzip or xz files are a valid file of that kind.
        with open_output(output, raw=True) as file:
            for number in range(1, self.number + 1):
                self._append(number, file)

    def _append(self, number: int, file: IO[bytes]) -> None:
        path = shard_files(self.folder, number, self.suffix)[0]
        if read_counts(self.folder, number, self.suffix) is None:
            raise BionerError("B274", path=path, reason="it or its counts are not what was written")
        with open(path, "rb") as shard:
            shutil.copyfileobj(shard, file, 2**20)

    def documents(self) -> Iterator[Document]:
        """Yield the documents of shards in the ``store``. Raises B274 if one is no longer complete."""
        for number in range(1, self.number + 1):
            yield from load(shard_files(self.folder, number)[0])

    def failures(self) -> Iterator[dict[str, Any]]:
        """Yield the records of the documents on which the pipeline failed."""
        for number in range(1, self.number + 1):
            path = shard_files(self.folder, number)[1]
            if path.exists():
                yield from read_lines(path)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file that ``write_lines`` wrote."""
    # Lines of a file end with "\n" alone; str.splitlines would also split at U+2028 inside a message.
    with path.open(encoding="utf-8", newline="\n") as lines:
        yield from map(json.loads, lines)


def write_errors(records: Iterator[dict[str, Any]], path: Path) -> None:
    """Write what was left out to a file, in place of that of an earlier run; no file if it is nothing."""
    path.unlink(missing_ok=True)
    if (first := next(records, None)) is not None:
        write_lines(chain([first], records), path)


@contextmanager
def explain_full_disk(parts: Path) -> Iterator[None]:
    """Raise B874, which says how to resume, in place of a B101 for a full disk, which may come from another process."""
    try:
        yield
    except BionerError as err:
        if err.code == "B101" and any(os.strerror(number) in str(err) for number in (ENOSPC, EDQUOT, EFBIG)):
            raise BionerError("B874", reason=err, path=parts) from err
        raise
