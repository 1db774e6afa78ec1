"""``spacy bioner table``: shows the scores of several systems side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command


@command
def table(
    metrics: Annotated[
        list[Path], Argument(help="Files that `evaluate --output` wrote, or folders of them", show_default=False)
    ],
    base: Annotated[
        str | None, Option(help="Name of one of them: show the relative change in errors, 1 - F1, of the others")
    ] = None,
) -> None:
    """Show exact-span precision, recall and F1 of several systems side by side, in percent."""
    from ..experiments.tables import read_metrics, systems_table

    print(systems_table(read_metrics(metrics), base))
