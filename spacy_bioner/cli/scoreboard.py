"""``spacy bioner scoreboard``: writes one page of all systems on all corpora."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command


@command
def scoreboard(
    runs: Annotated[list[Path], Argument(help="Folders of runs, as crossval leaves them", show_default=False)],
    output: Annotated[Path, Option("--output", "-o", help="The page, in Markdown")] = Path("scoreboard.md"),
    published: Annotated[
        Path | None, Option(help="JSON file (or a folder of them) with published figures of the corpora")
    ] = None,
) -> None:
    """Write one table per corpus: F1 with its spread over seeds or folds, training time, speed and size on disk.

    The best system stands first, published figures last. Unfinished runs are left out, so that the page can be written
    after each night of a long experiment.
    """
    from wasabi import msg

    from ..experiments.report.published import read_published
    from ..experiments.runs import by_task, read_runs
    from ..experiments.scoreboard import scoreboard as page
    from ..formats.text_io import encoded, open_output

    found = by_task(read_runs(runs)).get("entities", [])
    with open_output(output) as file:
        file.write(encoded(page(found, read_published(published) if published else []), output))
    corpora = len({run.corpus for run in found})
    msg.good(f"{len(found)} runs on {corpora} corpora: {output}")
