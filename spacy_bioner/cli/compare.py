"""``spacy bioner compare``: compares systems by significance tests and kinds of errors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def compare(
    runs: Annotated[
        list[Path],
        Argument(help="Folders of runs that crossval and curve wrote, with subfolders", show_default=False),
    ],
    trials: Annotated[int, Option(help="Trials of the randomisation test and of the bootstrap", min=100)] = 10_000,
    seed: Annotated[int, Option(help="Seed of the trials", min=0)] = 0,
    temperature: Annotated[
        bool, Option("--temperature", help="Calibrate the scores by a temperature fitted to the development data")
    ] = False,
    output: options.Figures = None,
) -> None:
    """Compare the systems of saved runs, paired by corpus, fold, seed and size.

    Prints pooled scores with bootstrap confidence intervals; for each pair of systems the difference in F1, its
    interval, the p values of approximate randomisation and of a two-tailed paired t test over folds (each the mean of
    its seeds) or seeds, and the error reduction; spans that only some systems find, miss or invent; recall on mentions
    that were seen in training or not, by frequency and length; errors by kind; and the calibration of the entities'
    scores. Relations are compared likewise: pooled, by type, and by the mean of the runs;
    answers by exact match and F1. Bootstrap and randomisation are over questions, over groups of documents (--group of
    the experiment), or over documents, each with all its sentences; the table names the unit and its number.

    Examples:

    spacy bioner compare runs

    spacy bioner compare runs/crf runs/bilstm_crf_fast --json comparison.json
    """
    from wasabi import msg

    from ..experiments.comparison.compare import compare_runs, comparison_text

    options.check_outputs(output)
    figures = compare_runs(runs, trials, seed, temperature)
    tasks = (figures, *(figures.get(task, {}) for task in ("relations", "answers")))
    if left_out := max(one.get("left_out", 0) for one in tasks):
        msg.warn(f"Runs without a partner of the same corpus, fold, seed and size, left out: {left_out}")
    if missing := sorted({line for one in tasks for line in one.get("missing_folds", ())}):
        msg.warn(f"Folds are missing: {'; '.join(missing)}")
    print(comparison_text(figures))
    options.write_figures(output, figures)
