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

    Systems that answer questions have a table of their own: exact match and F1, strict and lenient accuracy, MRR.
    """
    from ..experiments.report.published import read_published
    from ..experiments.tables import answering_table, read_metrics, systems_table

    systems = read_metrics(metrics)
    answering = {name: figures for name, figures in systems.items() if "answers_f1" in figures}
    others = {name: figures for name, figures in systems.items() if name not in answering}
    tables = [systems_table(others, base)] if others or not answering else []
    if answering:
        tables.append(answering_table(answering, read_published(published) if published else []))
    print("\n\n".join(tables))
