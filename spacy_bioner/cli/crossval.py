"""``spacy bioner crossval``: trains configs on the same folds, or with several seeds, and tests them."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Context, Option

from . import options
from .trial_options import TrialOptions, given_folds, prepare, run_experiment, trial_command


@trial_command
def crossval(
    ctx: Context,
    given: TrialOptions,
    folds: Annotated[int, Option(help="Number of folds", min=2)] = 5,
    test: Annotated[str | None, Option(help="Test data, in place of folds")] = None,
    seeds: Annotated[int, Option(help="Seeds for each fold (with --test: for each config)", min=1)] = 1,
) -> None:
    """Train and test one or more configs on the same folds; print the means with their 95% confidence intervals.

    With several seeds, the mean of each fold's seeds counts as one value, because they share the fold's data.

    Options with a dot override settings of the configs, as for `spacy train`. With --source, each config is also
    trained from the weights of that pipeline; its config needs the setting paths.source, as in configs/transfer.cfg.
    A trained pipeline is tested as it is, without training: DATA should be its training data. Its path may contain
    {fold} and {seed}.

    Each finished run is a folder: to resume after an interruption, run the command again. A training that was killed
    continues from its last saved state, at most about five minutes old. `spacy bioner compare` and `spacy bioner
    report` read these folders. The means are also in OUTPUT/summary.json, with those of the systems that earlier
    commands tested on the same folds with this OUTPUT.

    Examples:

    spacy bioner crossval configs/crf.cfg configs/dictionary.cfg corpus.tsv -o runs --dev 0 --paths.vectors v.txt.gz

    spacy bioner crossval configs/bilstm_crf_fast.cfg train.tsv -o runs --test test.tsv --seeds 5

    A config and a pipeline that was trained elsewhere, on the same test data:

    spacy bioner crossval configs/crf.cfg theirs=en_ner_bc5cdr_md train.tsv -o runs --test test.tsv --dev 0

    Folds given as files, with {fold} for the number; relations between gold entities:

    spacy bioner crossval configs/relations.cfg "GAD/{fold}/train.tsv" --test "GAD/{fold}/test.tsv" --folds 10 -o runs
    --from marked_pairs --gold-entities
    """
    from ..experiments.answer_summary import answers_dict, answers_summary
    from ..experiments.summary import summary_dict, summary_table
    from ..experiments.trials.designs import cross_validation, held_out
    from ..experiments.trials.systems import FOLD
    from ..formats.text_io import write_json

    file = given.output / "summary.json"
    options.check_outputs(file)
    if FOLD in given.data or FOLD in (test or ""):
        planned = []
        for number, of_fold, its_test in given_folds(given, test or "", folds):
            made = prepare(ctx, of_fold, its_test, number)
            planned += held_out(made.setting, made.documents, made.test, seeds, fold=number, folds=folds)
    else:
        made = prepare(ctx, given, test)
        if test:
            planned = held_out(made.setting, made.documents, made.test, seeds)
        else:
            planned = cross_validation(made.setting, made.documents, folds, seeds)
    tasks = run_experiment(planned, given, file)
    summary: dict[str, Any] = {
        task: answers_dict(runs) if task == "answers" else summary_dict(runs) for task, runs in tasks.items()
    }
    write_json(file, {**summary.pop("entities", {}), **summary})
    for task, runs in tasks.items():
        if task == "answers":
            print(answers_summary(runs))
        else:
            print(summary_table(runs, "system, type" if task == "entities" else "system, relation"))
