"""Shared parts of the commands that train several times: options, overrides of config settings, progress."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Context, Option
from typer.core import TyperCommand

from ..errors import BionerError
from . import command, options

if TYPE_CHECKING:
    from ..experiments.runs import Run, Task
    from ..experiments.trials.data_splits import Filters
    from ..experiments.trials.designs import Setting
    from ..experiments.trials.runner import Planned
    from ..formats import Document, ProblemLog

OVERRIDES = "spacy_bioner.overrides"
"""Key of the command line's overrides in a context's ``meta``."""


class WithOverrides(TyperCommand):
    """A command that takes overrides of config settings as ``spacy train`` does: ``--paths.vectors FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remove the overrides, options with a dot in their name, from the arguments and parse the others."""
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
    Argument(
        metavar="CONFIG...",
        help="Config files, or trained pipelines, which are only tested; NAME=PATH gives a system a name",
        show_default=False,
    ),
]
Output = Annotated[
    Path, Option("--output", "-o", help="Folder for the runs; finished runs in it are kept", show_default=False)
]
Dev = Annotated[
    str,
    Option(
        help="Development data to choose the best weights: a share of the training data, or a path; 0: use the last"
    ),
]
Unit = Annotated[str, Option(help="Unit that is split and filtered: document or sentence")]
MaxWords = Annotated[int | None, Option(help="Leave out documents (or sentences) of more words", min=1)]
DropDuplicates = Annotated[
    bool, Option("--drop-duplicates", help="Leave out documents (or sentences) that repeat another")
]
Source = Annotated[
    list[str] | None,
    Option(
        help="Trained pipeline, NAME=FOLDER, or a pattern (taggers/*/model-last): also train each config from its "
        "weights; several are separated by commas"
    ),
]
Seed = Annotated[int, Option(help="Seed of the split, and first seed of the weights", min=0)]
Jobs = Annotated[int, Option("--jobs", "-j", help="Number of trainings that run at once", min=1)]
Engine = Annotated[str, Option(help="Where to train: local, or ray (a cluster; OUTPUT must be on shared storage)")]
Keep = Annotated[bool, Option("--keep-models", help="Keep every trained pipeline in the folder of its run")]
Overwrite = Annotated[
    bool, Option("--overwrite", help="Repeat runs that were made with other data, configs or overrides")
]
GoldEntities = Annotated[
    bool, Option("--gold-entities", help="Give the pipeline the gold entities in tests, to score relations alone")
]
Corpus = Annotated[str | None, Option("--name", help="Name of the corpus; by default that of DATA")]


@dataclass(slots=True)
class TrialOptions:
    """The options that ``crossval`` and ``curve`` share."""

    configs: Configs
    data: options.Data
    output: Output
    source: Source = None
    dev: Dev = "0.1"
    group: options.Group = None
    unit: Unit = "document"
    max_words: MaxWords = None
    drop_duplicates: DropDuplicates = False
    seed: Seed = 0
    jobs: Jobs = 1
    engine: Engine = "local"
    address: options.Address = None
    gpu_id: options.Gpu = -1
    keep_models: Keep = False
    overwrite: Overwrite = False
    gold_entities: GoldEntities = False
    name: Corpus = None
    format: options.Format = None
    token: options.Token = None
    tag: options.Tag = None
    separator: options.Separator = None
    label: options.Label = None
    encoding: options.Encoding = None
    on_error: options.OnError = "error"


def trial_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a command of ``(context, options: TrialOptions, test, ...)``; its own options follow the shared ones."""
    shared = inspect.signature(TrialOptions, eval_str=True).parameters
    context, _, *own = inspect.signature(function, eval_str=True).parameters.values()
    needed = [one for one in shared.values() if one.default is one.empty]
    optional = [one for one in shared.values() if one.default is not one.empty]

    @wraps(function)
    def run(ctx: Context, **values: Any) -> Any:
        given = TrialOptions(**{name: values.pop(name) for name in shared})
        return function(ctx, given, **values)

    # typer reads the signature of the function. Therefore ``run`` gets a signature of the context, the shared options
    # and its own, and loses ``__wrapped__``, from which ``inspect`` would otherwise take the signature.
    every = [one.replace(kind=one.KEYWORD_ONLY) for one in (context, *needed, *own, *optional)]
    run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in every}
    del run.__wrapped__
    return command(run, cls=WithOverrides)


@dataclass(slots=True)
class Prepared:
    """The input of an experiment: the common settings of its trials, the documents, and the test documents."""

    setting: Setting
    documents: list[Document]
    test: list[Document]


def prepare(ctx: Context, given: TrialOptions, test: str | None, fold: int | None = None) -> Prepared:
    """Check the options, read the documents, and print their numbers.

    fold: the number of a fold that is given as files.
    Errors in configs and overrides are raised before any data is read.
    """
    from ..corpus.grouping import keep_together, make_group, number_of_groups
    from ..corpus.reading import Reader
    from ..experiments.trials.data_splits import Filters, read_documents
    from ..experiments.trials.designs import Setting
    from ..experiments.trials.systems import check_overrides, named
    from ..formats import ProblemLog, split_paths
    from ..formats.output_places import check_outside

    share = _share(given.dev)
    paths = [path for path in (given.data, test, given.dev if share is None else None) if path]
    check_outside(split_paths(paths), given.output)
    corpus = corpus_name(given.name, given.data)
    sources = options.expand_patterns(path for text in given.source or () for path in text.split(",") if path)
    setting = Setting(named(given.configs), corpus, given.output, ctx.meta[OVERRIDES], named(sources))
    check_overrides(setting.systems.values(), setting.overrides)
    options.check_gpu(given.gpu_id)
    filters, report = Filters(given.unit, given.max_words, given.drop_duplicates), ProblemLog(given.on_error)
    options.check_demonstration(*paths)
    read = Reader(
        dict.fromkeys(paths, given.format),
        report,
        **options.reading(given.label, given.encoding, given.token, given.tag, given.separator),
    )
    documents = read_documents(given.data, filters, read)
    setting.dev = share if share is not None else read_documents(given.dev, filters, read)
    group = make_group(given.group, documents, filters.separator)
    setting.group, setting.rule = keep_together(documents, group, filters.separator), given.group or ""
    setting.seed, setting.gpu, setting.keep = given.seed, given.gpu_id, given.keep_models
    setting.gold_entities = given.gold_entities
    tested = read_documents(test, filters, read) if test else []
    if given.gold_entities and not any(one.relations or one.question for one in tested or documents):
        raise BionerError("B859", path=test or given.data, others="relations or questions")
    _tell_corpus(filters, report, paths)
    if tested:
        _tell_shared(documents, tested, fold)
    groups = number_of_groups(documents, group)
    if not tested:
        _tell_joined(groups - number_of_groups(documents, setting.group))
    if given.group:
        options.print_groups(groups, len(documents))
    return Prepared(setting, documents, tested)


def _tell_joined(joined: int) -> None:
    """Say how many documents or groups are in the fold of another one because they share a text or question."""
    from wasabi import msg

    from ..text_tables import counted

    if joined:
        what = counted(joined, "document or group", "documents or groups")
        msg.info(f"Repeated texts and questions stay in one fold: {what} joined to others")


def _tell_shared(documents: Sequence[Document], tested: Sequence[Document], fold: int | None) -> None:
    """Warn of test texts that are in the training data.

    Those of a fold are told if there are any, others if they are a tenth or more: short sentences repeat.
    """
    from wasabi import msg

    known = {document.fingerprint() for document in documents}
    shared = sum(document.fingerprint() in known for document in tested)
    if shared >= (len(tested) / 10 if fold is None else 1):
        where = "" if fold is None else f"fold {fold}: "
        msg.warn(f"{where}{shared:,} of {len(tested):,} test texts are in the training data: new texts score lower")


def _share(dev: str) -> float | None:
    """Return the share that ``--dev`` states; None if it is a path."""
    try:
        return float(dev)
    except ValueError:
        return None


def corpus_name(given: str | None, data: str) -> str:
    """Return the name of the corpus: the one given, or that of its first file or folder."""
    return given or Path(data.split(",")[0]).name.split(".")[0]


def with_name(data: str) -> str:
    """Return PATH or NAME=PATH as NAME=PATH; the default name is that of the corpus."""
    from ..experiments.trials.systems import split_name

    name, path = split_name(data)
    return data if name else f"{corpus_name(None, path)}={path}"


def _tell_corpus(filters: Filters, report: ProblemLog, paths: Sequence[str]) -> None:
    from wasabi import msg

    from ..text_tables import counted

    counts = filters.counts
    msg.info(f"{counted(counts['read'], 'document')} read, {counts['kept']} kept")
    options.print_problems(report, scored=", ".join(paths))


def given_folds(given: TrialOptions, test: str, folds: int) -> list[tuple[int, TrialOptions, str]]:
    """Return the number, options and test data of each fold that is given as files: DATA and --test contain ``{fold}``.

    Folds are numbered from 0 if there is a file with that number, else from 1. Raises B866 if only one of the two
    contains ``{fold}``.
    """
    from ..experiments.trials.systems import FOLD

    if FOLD not in given.data or FOLD not in test:
        raise BionerError("B866", data=given.data, test=test, fold=FOLD)
    first = 0 if Path(test.replace(FOLD, "0")).exists() else 1
    name = given.name or Path(given.data.partition(FOLD)[0].rstrip("/")).name or corpus_name(None, given.data)
    return [
        (number, replace(given, data=given.data.replace(FOLD, str(number)), name=name), test.replace(FOLD, str(number)))
        for number in range(first, first + folds)
    ]


def run_experiment(planned: Sequence[Planned], given: TrialOptions, file: Path) -> dict[Task, list[Run]]:
    """Run the trials and return their runs by task, with those of earlier commands in OUTPUT that they compare with.

    file: of the figures; the runs in OUTPUT that are not in it are told.
    """
    from wasabi import msg

    from ..experiments.earlier_runs import with_earlier
    from ..experiments.runs import by_task

    runs, left_out = with_earlier(run_trials(planned, given), given.output)
    for why, names in left_out.items():
        msg.warn(f"Not in {file}: earlier runs {why}: {', '.join(names)}")
    return by_task(runs)


def run_trials(planned: Sequence[Planned], given: TrialOptions, before: int = 0, total: int | None = None) -> list[Run]:
    """Run the trials that have not been run yet, show the progress and a line for each, and return all runs.

    before, total: number of trials that were run before these, and of all, if these are only some of them.
    """
    from wasabi import msg

    from ..experiments.runs import of_tasks
    from ..experiments.trials.runner import run_all
    from .trial_progress import TrialProgress

    total = len(planned) if total is None else total
    launch = None
    if options.is_ray(given.engine):
        from ..experiments.trials.ray_launch import on_ray

        launch = on_ray(given.address, gpus=float(given.gpu_id >= 0))
    with TrialProgress(before, total) as progress:

        def tell(trial: Any, run: Run, existing: bool) -> None:
            seconds = "existing" if existing else f"{run.seconds or 0:.0f} s"
            figures = "  ".join(f"{100 * one.scores['f']:6.2f}" for one in of_tasks(run))
            progress.finish(f"{progress.done + 1:3}/{total}  {figures}  {run.path}  ({seconds})", existing)

        try:
            return run_all(planned, tell, given.jobs, given.overwrite, launch, progress.watch)
        except KeyboardInterrupt:
            msg.warn(f"Stopped. The runs in {given.output} that are finished are kept: the same command again goes on")
            raise
