"""``spacy bioner curve``: learning curves, F1 against the size of the training data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Context, Option

from . import options
from .trial_options import Prepared, TrialOptions, prepare, run_experiment, run_trials, trial_command

if TYPE_CHECKING:
    from ..formats import Document


@trial_command
def curve(
    ctx: Context,
    given: TrialOptions,
    test: Annotated[str, Option(help="Data to test on", show_default=False)],
    sizes: Annotated[
        str,
        Option(help="Training sentences, numbers or percentages, separated by commas; 0: the source, without training"),
    ] = "5%,10%,25%,50%,75%,100%",
    seeds: Annotated[int, Option(help="Samples at each size, each trained with its own seed", min=1)] = 3,
    strategies: Annotated[
        str,
        Option(
            help="Active learning: how each pipeline chooses the next sample: random, entropy, segment or committee, "
            "separated by commas; --sizes are then numbers of words"
        ),
    ] = "",
) -> None:
    """Train one or more configs on growing samples; print F1 by size, and the size for 99% of the score at the largest.

    With the same seed, a sample contains all smaller ones; each pipeline is trained from scratch. With --source, each
    config is also trained from the weights of that pipeline (it needs the setting paths.source, as in
    configs/transfer.cfg), and the table shows the error reduction. All else is as in `spacy bioner crossval`; the
    figures are also in OUTPUT/curve.json, with the systems and sizes of earlier commands on the same test data.

    With --strategies, the first sample is random, and the pipeline trained on each sample chooses what to add to it, as
    `spacy bioner suggest` does. The table shows how many words of annotation each strategy would have saved. With
    --source, too, the goal of all curves is the score of all data from scratch.

    Examples:

    spacy bioner curve configs/transfer.cfg train.tsv -o runs --test test.tsv --sizes 0,50,100,100% --source silver

    spacy bioner curve crf=configs/crf.cfg train.tsv -o runs --test devel.tsv --dev 0 --unit sentence
    --strategies random,entropy --sizes 1000,2000,4000,8000
    """
    from ..experiments.summary import curve_dict, curve_table
    from ..experiments.trials.designs import learning_curve
    from ..formats.text_io import write_json

    file = given.output / "curve.json"
    options.check_outputs(file)
    made = prepare(ctx, given, test)
    if strategies:
        _selected(given, made, sizes, seeds, [name.strip() for name in strategies.split(",")], file)
        return
    planned = learning_curve(made.setting, made.documents, made.test, sizes.split(","), seeds)
    _tell_smaller(sizes.split(","), made.documents)
    tasks = run_experiment(planned, given, file)
    figures: dict[str, Any] = {task: curve_dict(runs) for task, runs in tasks.items()}
    write_json(file, {**figures.pop("entities", {}), **figures})
    for task, runs in tasks.items():
        print(curve_table(runs, "" if task == "entities" else f", {task}"))


def _tell_smaller(sizes: Sequence[str], documents: Sequence[Document]) -> None:
    """Say which sizes the data is too small for."""
    from wasabi import msg

    from ..experiments.trials.data_splits import number_of_sentences
    from ..text_tables import counted

    total = sum(map(number_of_sentences, documents))
    for size in sizes:
        if size.strip().isdecimal() and int(size) > total:
            msg.info(f"size {size.strip()}: all {counted(total, 'sentence')} are used, as there are no more")


def _selected(
    given: TrialOptions, made: Prepared, sizes: str, seeds: int, strategies: Sequence[str], file: Path
) -> None:
    from ..errors import BionerError
    from ..experiments.selection.savings import savings, savings_text
    from ..experiments.trials.selected import FULL, selected_curve
    from ..formats.text_io import write_json

    try:
        words = [int(size) for size in sizes.split(",")]
    except ValueError:
        raise BionerError("B724", sizes=sizes) from None
    numbers: dict[Path, int] = {}  # of each trial: one that is trained again keeps its own
    of_seed = len(made.setting.systems) * (1 + (1 + len(made.setting.sources)) * len(strategies) * len(words))
    runs = selected_curve(
        made.setting,
        made.documents,
        made.test,
        words,
        strategies,
        seeds,
        lambda planned: run_trials(
            [planned], given, numbers.setdefault(planned[0].path, len(numbers)), seeds * of_seed
        )[0],
    )
    figures = savings(runs, strategies, FULL)
    write_json(file, figures)
    print(savings_text(figures))
