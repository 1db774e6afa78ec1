"""``spacy bioner scoreboard``: writes one page of all systems on all corpora."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from . import command, options


@command
def scoreboard(
    runs: Annotated[list[Path] | None, Argument(help="Folders of runs that crossval wrote", show_default=False)] = None,
    output: Annotated[Path, Option("--output", "-o", help="The page to write, in Markdown")] = Path("scoreboard.md"),
    keep: Annotated[
        Path | None, Option(help="JSON lines file with the figures of earlier runs; those of RUNS are added to it")
    ] = None,
    published: Annotated[
        Path | None, Option(help="JSON file (or a folder of them) with published figures of the corpora")
    ] = None,
) -> None:
    """Write one table per corpus: F1 with its spread over seeds or folds, training time, speed and size on disk.

    The best system comes first, published figures last. Unfinished runs are left out, so that the page can be written
    at any time during a long experiment; where folds are missing, it says so. The file of --keep is small: it can be
    kept after the folders of the runs are gone, and the page be written from it alone. A run replaces an earlier one of
    the same corpus, system, fold, seed and size, which must have been tested on the same documents.
    """
    from typer import BadParameter
    from wasabi import msg

    from ..errors import BionerError
    from ..experiments.folds import check_distinct, check_tests
    from ..experiments.measured import add_measured, join_measured, measured_of, read_measured
    from ..experiments.report.published import read_published
    from ..experiments.runs import by_task, read_runs
    from ..experiments.scoreboard import scoreboard as page
    from ..experiments.summary import system_of
    from ..formats.text_io import encoded, open_output
    from ..text_tables import counted

    if not runs and keep is None:
        raise BadParameter("give folders of runs, or --keep")
    options.check_outputs(output, keep)
    given = read_published(published) if published else []
    every = read_runs(runs) if runs else []
    for check in (check_tests, check_distinct):
        check((system_of(run), run) for run in every)
    tasks = by_task(every)
    found = [measured_of(run) for run in tasks.get("entities", [])]
    scored = {run.path for run in tasks.get("entities", [])}
    without = sorted({run.path for some in tasks.values() for run in some} - scored)
    if without and not found:
        raise BionerError("B851", path=without[0], tasks=" and ".join(tasks))
    if without:
        msg.warn(str(BionerError("B852", number=len(without), path=without[0])))
    if keep is not None and found:
        known: AbstractContextManager[tuple[list[Any], int]] = add_measured(found, keep)
    else:
        earlier = read_measured(keep) if keep is not None and (keep.exists() or not runs) else []
        known = nullcontext((join_measured(earlier, found), 0))
    with known as (rows, replaced), open_output(output) as file:
        file.write(encoded(page(rows, given), output))
    if replaced:
        msg.info(f"{keep}: {counted(replaced, 'row')} of runs with the same name, fold, seed and size replaced")
    corpora = {row.corpus for row in rows}
    if others := {one.corpus for one in given if one.corpus and one.corpus not in corpora}:
        msg.info(f"Published figures of corpora without runs are not shown: {', '.join(sorted(others))}")
    msg.good(f"{counted(len(rows), 'run')} on {counted(len(corpora), 'corpus', 'corpora')}: {output}")
