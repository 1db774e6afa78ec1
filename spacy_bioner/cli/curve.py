"""``spacy bioner curve``: F1 against the size of the training data."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from .trial_options import TrialOptions, prepare, run_trials, trial_command


@trial_command
def curve(
    ctx: Context,
    given: TrialOptions,
    test: Annotated[str, Option(help="Data to test on", show_default=False)],
    sizes: Annotated[
        str,
        Option(help="Training sentences, as numbers or percentages, separated by commas; 0: a source without training"),
    ] = "5%,10%,25%,50%,75%,100%",
    seeds: Annotated[int, Option(help="Samples at each size, each trained with its own seed", min=1)] = 3,
) -> None:
    """Train one or more configs on growing samples; print F1 by size, and the size that reaches 99% of the full score.

    A sample is a prefix of the larger samples with the same seed; each is trained from scratch. With --source, each
    config is also trained from these weights; it must have the setting paths.source, as configs/transfer.cfg has, and
    the table shows the error reduction. Otherwise like `spacy bioner crossval`; the figures are also in
    OUTPUT/curve.json.

    Example:

    spacy bioner curve configs/transfer.cfg train.tsv -o runs --test test.tsv --sizes 0,50,100,100% --source silver
    """
    from ..experiments.summary import curve_dict, curve_table
    from ..experiments.trials.designs import learning_curve
    from ..formats.text_io import write_json

    made = prepare(ctx, given, test)
    planned = learning_curve(made.setting, made.documents, made.test, sizes.split(","), seeds)
    runs = run_trials(planned, given)
    write_json(given.output / "curve.json", curve_dict(runs))
    print(curve_table(runs))
