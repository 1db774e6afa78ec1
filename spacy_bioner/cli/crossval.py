"""``spacy bioner crossval``: one or more configs on the same folds, or on a test part with several seeds."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from . import command, options
from . import trial_options as given


def crossval(
    ctx: Context,
    configs: given.Configs,
    data: options.Data,
    output: given.Output,
    folds: Annotated[int, Option(help="Number of folds", min=2)] = 5,
    test: Annotated[str | None, Option(help="Test on this in place of folds")] = None,
    source: given.Source = None,
    seeds: Annotated[int, Option(help="Train each fold (or with --test: each config) with so many seeds", min=1)] = 1,
    dev: given.Dev = "0.1",
    group: options.Group = None,
    unit: given.Unit = "document",
    max_words: given.MaxWords = None,
    drop_duplicates: given.DropDuplicates = False,
    seed: given.Seed = 0,
    jobs: given.Jobs = 1,
    gpu_id: options.Gpu = -1,
    keep_models: given.Keep = False,
    overwrite: given.Overwrite = False,
    name: given.Corpus = None,
    format: options.Format = None,
    label: options.Label = None,
    on_error: options.OnError = "error",
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
    from ..corpus.grouping import make_group
    from ..experiments.runs import write_json
    from ..experiments.summary import summary_dict, summary_table
    from ..experiments.trials.data_splits import Filters
    from ..experiments.trials.designs import Setting, cross_validation, held_out, named
    from ..experiments.trials.runner import run_all
    from ..formats import ProblemLog

    corpus = given.corpus_name(name, data)
    setting = Setting(named(configs), corpus, output, ctx.meta[given.OVERRIDES], named(source or []))
    given.check(setting)
    filters, report = Filters(unit, max_words, drop_duplicates), ProblemLog(on_error)
    read = given.reader(filters, report, format, label)
    documents = read(data)
    setting.dev, setting.group = given.dev_of(dev, read), make_group(group, documents, filters.separator)
    setting.seed, setting.gpu, setting.keep = seed, gpu_id, keep_models
    if test:
        planned = held_out(setting, documents, read(test), seeds)
    else:
        planned = cross_validation(setting, documents, folds, seeds)
    given.tell_corpus(filters, report)
    runs = run_all(planned, given.progress(len(planned)), jobs, overwrite)
    write_json(output / "summary.json", summary_dict(runs))
    print(summary_table(runs))


command(crossval, cls=given.WithOverrides)
