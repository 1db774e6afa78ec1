"""The files below a folder, with a note for each file skipped.

Commands write files of their own beside an output, and a job keeps its shards there. None of them is data:

    found.jsonl    found.jsonl.errors.jsonl    found.jsonl.manifest.json    found.jsonl.parts/
    next/          next.suggested.tsv
    model/         model.once.json
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .problems import ProblemLog

BESIDE = (".errors.jsonl", ".manifest.json", ".once.json", ".suggested.tsv")
"""How the names of files of commands end, after the name of the output."""

_ENDS = (*BESIDE, ".parts")


def is_beside(path: Path) -> bool:
    """Return whether a file or folder is a command's own, beside an output."""
    if path.name.endswith(".parts"):
        return (path / "job.json").is_file()
    output = next((path.name.removesuffix(end) for end in BESIDE if path.name.endswith(end)), "")
    return bool(output) and path.with_name(output).exists()


def walk(folder: Path, report: ProblemLog | None = None) -> Iterator[Path]:
    """Return the files below a folder, sorted, without hidden ones (noted, B105), links to folders (noted, B176) and
    what commands keep beside an output (noted, B117).

    Links to files count as files. Links to folders are not followed, as they may form a cycle. Reports folders that
    cannot be read (B184); without a report they are left out, for who walks once more with one.
    """
    for place, folders, files in os.walk(folder, onerror=partial(told, report)):
        hidden = {name for name in (*folders, *files) if name.startswith(".")}
        linked = {name for name in folders if os.path.islink(os.path.join(place, name))} - hidden
        # By the name first: a folder may have a million files.
        beside = {name for name in (*folders, *files) if name.endswith(_ENDS) and is_beside(Path(place, name))}
        beside -= hidden | linked
        if report is not None:
            for code, names in (("B105", hidden), ("B176", linked), ("B117", beside)):
                for name in sorted(names):
                    report.note(code, os.path.join(place, name))
        folders[:] = sorted(set(folders) - hidden - linked - beside)
        yield from (Path(place, name) for name in sorted(set(files) - hidden - beside))


def told(report: ProblemLog | None, err: OSError) -> None:
    """Report a folder that cannot be read."""
    if report is not None:
        report.unreadable(err.filename, err)
