"""``spacy bioner settle``: makes a corpus of an adjudicated folder, in which a curator has decided the disputes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options

SHOWN = 20
"""Maximum number of open disputes that are listed."""


@command
def settle(
    decided: Annotated[Path, Argument(help="The folder that `adjudicate` wrote, after the decisions")],
    output: Annotated[
        Path, Option("--output", "-o", help="Folder to write (brat), or a file with --to", show_default=False)
    ],
    to: Annotated[str | None, Option("--to", help="Format of OUTPUT; by default that of its suffix, or brat")] = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Make one corpus of a folder that `spacy bioner adjudicate` wrote and in which all disputes have been decided.

    If disputes are still open, they are listed with file and line, nothing is written, and the exit code is 1.

    Example:

    spacy bioner settle to_decide -o corpus
    """
    from wasabi import msg

    from ..errors import BionerError
    from ..experiments.file_scores.adjudication import settled, still_open
    from ..formats import ProblemLog, read, write
    from ..formats.output_places import check_apart
    from .suggest import writing

    check_apart([Path(decided)], output)
    written = writing(output, to, overwrite)
    report = ProblemLog()
    documents = list(read(decided, "brat", report))
    options.print_problems(report)
    waiting = [
        f"{decided}/{document.id}{one.note.suffix}:{one.note.line}: {one.note.mention} '{one.text}', {one.note.text}"
        for document in documents
        for one in still_open(document)
    ]
    for line in waiting[:SHOWN]:
        msg.text(line)
    if waiting:
        raise BionerError("B730", folder=decided, number=len(waiting))
    report = ProblemLog()
    write([settled(document) for document in documents], output, report=report, **written)
    options.print_problems(report)
    _, text = options.written(documents, report.left_out)
    msg.good(f"{output} ({written['format']}): {text}")
