"""``spacy bioner crossval``: one or more configs on the same folds, or on a test part with several seeds."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from .trial_options import TrialOptions, prepare, run_trials, trial_command


@trial_command
def crossval(
    ctx: Context,
    given: TrialOptions,
    folds: Annotated[int, Option(help="Number of folds", min=2)] = 5,
    test: Annotated[str | None, Option(help="Test on this in place of folds")] = None,
    seeds: Annotated[int, Option(help="Train each fold (or with --test: each config) with so many seeds", min=1)] = 1,
) -> None:
    """Train and test one or more configs on the same folds; print the means with their 95% confidence intervals.

    Other options with a dot are settings of the configs, as for `spacy train`. With --source a config is also trained
    from these weights: it must have a setting paths.source, as configs/transfer.cfg has. Each run is a folder of its
    own, written when it is finished: start the command again to go on after an interruption. `spacy bioner compare` and
    `spacy bioner report` read these folders; the means are also in OUTPUT/summary.json.

    Examples:

    spacy bioner crossval configs/crf.cfg configs/dictionary.cfg corpus.tsv -o runs --dev 0 --paths.vectors v.txt.gz

    spacy bioner crossval configs/bilstm_crf_fast.cfg train.tsv -o runs --test test.tsv --seeds 5
    """
    from ..experiments.summary import summary_dict, summary_table
    from ..experiments.trials.designs import cross_validation, held_out
    from ..formats.text_io import write_json

    made = prepare(ctx, given, test)
    if test:
        planned = held_out(made.setting, made.documents, made.test, seeds)
    else:
        planned = cross_validation(made.setting, made.documents, folds, seeds)
    runs = run_trials(planned, given)
    write_json(given.output / "summary.json", summary_dict(runs))
    print(summary_table(runs))
