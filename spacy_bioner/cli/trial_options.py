"""What the commands that train several times have in common: their options, overrides of the configs, and progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option
from typer.core import TyperCommand

if TYPE_CHECKING:
    from ..experiments.runs import Run
    from ..experiments.trials.data_splits import Filters
    from ..experiments.trials.designs import Setting
    from ..formats import Document, ProblemLog

OVERRIDES = "spacy_bioner.overrides"
"""Key in a context's ``meta`` of the overrides given on the command line."""


class WithOverrides(TyperCommand):
    """A command that takes overrides of config settings as ``spacy train`` does: ``--paths.vectors FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the overrides, options with a dot in their name, out of the arguments and parse the others."""
        from spacy.cli._util import parse_config_overrides

        kept: list[str] = []
        overrides: list[str] = []
        before = ""
        for argument in args:
            value = _is_override(before) and "=" not in before and not argument.startswith("--")
            (overrides if value or _is_override(argument) else kept).append(argument)
            before = argument
        ctx.meta[OVERRIDES] = parse_config_overrides(overrides)
        return super().parse_args(ctx, kept)


def _is_override(argument: str) -> bool:
    return argument.startswith("--") and "." in argument.partition("=")[0]


Configs = Annotated[
    list[str],
    Argument(metavar="CONFIG...", help="Config files, or NAME=FILE to give a system a name", show_default=False),
]
Output = Annotated[
    Path, Option("--output", "-o", help="Folder for the runs; those that are finished are kept", show_default=False)
]
Dev = Annotated[
    str,
    Option(help="Documents to choose the best weights on: a share of the training data, or a path; 0: take the last"),
]
Unit = Annotated[str, Option(help="What is dealt and filtered: each document, or each sentence of it")]
MaxWords = Annotated[int | None, Option(help="Leave out documents (or sentences) of more words", min=1)]
DropDuplicates = Annotated[
    bool, Option("--drop-duplicates", help="Leave out documents (or sentences) that repeat another")
]
Source = Annotated[
    list[str] | None,
    Option(help="Trained pipeline to start from (or NAME=FOLDER): one more line for each config; can be repeated"),
]
Seed = Annotated[int, Option(help="Seed of the parts; the first seed of the weights")]
Jobs = Annotated[int, Option("--jobs", "-j", help="Trainings at once", min=1)]
Keep = Annotated[bool, Option("--keep-models", help="Keep every trained pipeline, in its run's folder")]
Overwrite = Annotated[
    bool, Option("--overwrite", help="Run again what was run with other data, another config or other overrides")
]
Corpus = Annotated[str | None, Option("--name", help="Name of the corpus; by default that of DATA")]


def reader(
    filters: Filters, report: ProblemLog, format: str | None, label: str | None
) -> Callable[[str], list[Document]]:
    """Return what reads and filters the documents at a path."""
    from ..experiments.trials.data_splits import read_documents

    return lambda path: read_documents(path, filters, report, format, label=label or None)


def dev_of(text: str, read: Callable[[str], list[Document]]) -> Any:
    """Return the share that ``--dev`` names, or the documents at that path."""
    try:
        return float(text)
    except ValueError:
        return read(text)


def corpus_name(given: str | None, data: str) -> str:
    """Return the name of the corpus: the one given, or that of its first file or folder."""
    return given or Path(data.split(",")[0]).name.split(".")[0]


def tell_corpus(filters: Filters, report: ProblemLog) -> None:
    """Print what was read, what was left out and what is wrong with the files."""
    from wasabi import msg

    counts = filters.counts
    msg.info(f"{counts['read']} documents read, {counts['kept']} kept")
    for line in report.describe():
        msg.warn(line)


def progress(total: int) -> Callable[[Any, Run, bool], None]:
    """Return what prints a line for each run as it is finished."""
    from wasabi import msg

    count = 0

    def tell(trial: Any, run: Run, was_there: bool) -> None:
        nonlocal count
        count += 1
        seconds = "was there" if was_there else f"{run.seconds or 0:.0f} s"
        msg.text(f"{count:3}/{total}  {100 * run.metrics['ents_f']:6.2f}  {run.path}  ({seconds})")

    return tell


def check(setting: Setting) -> None:
    """Raise what is wrong with configs and overrides, before data is read."""
    from ..experiments.trials.designs import check_overrides

    check_overrides(setting.configs, setting.overrides)
