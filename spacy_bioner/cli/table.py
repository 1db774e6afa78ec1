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
        str | None, Option(help="Name of a system: show the relative change in errors, 1 - F1, of the others")
    ] = None,
    published: Annotated[
        Path | None, Option(help="JSON file with published figures on BioASQ, shown in rows of their own")
    ] = None,
) -> None:
    """Show the scores of several systems side by side, in percent: exact-span precision, recall and F1.

    Relations, concepts and answers have tables of their own. Scores of entities that were given (`evaluate
    --gold-entities`) are not shown.
    """
    from ..experiments.report.published import read_published
    from ..experiments.tables import read_metrics, systems_tables

    print("\n\n".join(systems_tables(read_metrics(metrics), base, read_published(published) if published else [])))
