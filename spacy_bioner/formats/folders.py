"""The files below a folder, with a note for each file skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import BionerError
from .problems import ProblemLog


def walk(folder: Path, report: ProblemLog | None = None) -> Iterator[Path]:
    """Return the files below a folder, sorted, without hidden ones (noted, B105) and links to folders (noted, B176).

    Links to files count as files. Links to folders are not followed, as they may form a cycle. Raises B101 for a folder
    that cannot be read.
    """
    for place, folders, files in os.walk(folder, onerror=_raise):
        hidden = {name for name in (*folders, *files) if name.startswith(".")}
        linked = {name for name in folders if os.path.islink(os.path.join(place, name))} - hidden
        if report is not None:
            for name in sorted(hidden | linked):
                report.note("B105" if name in hidden else "B176", os.path.join(place, name))
        folders[:] = sorted(set(folders) - hidden - linked)
        yield from (Path(place, name) for name in sorted(set(files) - hidden))


def _raise(err: OSError) -> None:
    raise BionerError("B101", path=err.filename, reason=err.strerror or str(err)) from err
