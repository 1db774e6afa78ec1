"""``spacy bioner report``: writes one HTML page about saved runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command


@command
def report(
    runs: Annotated[
        list[Path],
        Argument(help="Folders of runs that crossval and curve wrote, with subfolders", show_default=False),
    ],
    output: Annotated[
        Path, Option("--output", "-o", help="The page to write; its plots are written to a folder beside it")
    ] = Path("report.html"),
    published: Annotated[
        Path | None,
        Option(
            help="JSON file, or a folder of them, with published figures to show beside the measured ones: F1 by "
            "system, or objects that also describe differences"
        ),
    ] = None,
    title: Annotated[str | None, Option(help="Title of the page")] = None,
    max_errors: Annotated[
        int, Option(help="Maximum number of sentences with errors; the page says how many are left out", min=0)
    ] = 5000,
) -> None:
    """Write one self-contained HTML page about saved runs: tables, plots, and every error in its sentence.

    The page needs no network. Each plot is also written as SVG and PNG, into PAGE_plots; all errors and the scores of
    each document are also tables, PAGE_errors.tsv and PAGE_documents.tsv.

    Examples:

    spacy bioner report runs -o report.html

    spacy bioner report runs/crf runs/bilstm -o report.html --published paper.json
    """
    from wasabi import msg

    from ..experiments.report.page import write_report
    from ..text_tables import counted

    count = write_report(runs, output, published=published, title=title, max_cases=max_errors)
    msg.good(f"{output}: {counted(count, 'run')}")
