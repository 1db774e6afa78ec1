"""``spacy bioner curve``: F1 against the size of the training data."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from . import command, options
from . import trial_options as given


def curve(
    ctx: Context,
    configs: given.Configs,
    data: options.Data,
    output: given.Output,
    test: Annotated[str, Option(help="Data to test on", show_default=False)],
    sizes: Annotated[
        str,
        Option(
            help="Training sentences, as numbers or percentages, separated by commas; 0 is a source, not trained on"
        ),
    ] = "5%,10%,25%,50%,75%,100%",
    source: given.Source = None,
    seeds: Annotated[int, Option(help="Samples at each size, each trained with a seed of its own", min=1)] = 3,
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
    """Train one or more configs on growing samples; print F1 by size, and the size that reaches 99% of the full score.

    A sample with a seed is the beginning of the larger ones with that seed; each is trained from scratch. With --source
    a config is also trained from these weights: it must have a setting paths.source, as configs/transfer.cfg has, and
    the table says how many per cent of the errors are gone. Otherwise as `spacy bioner crossval`; the figures are also
    in OUTPUT/curve.json.

    Example:

    spacy bioner curve configs/transfer.cfg train.tsv -o runs --test test.tsv --sizes 0,50,100,100% --source silver
    """
    from ..corpus.grouping import make_group
    from ..experiments.runs import write_json
    from ..experiments.summary import curve_dict, curve_table
    from ..experiments.trials.data_splits import Filters
    from ..experiments.trials.designs import Setting, learning_curve, named
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
    planned = learning_curve(setting, documents, read(test), sizes.split(","), seeds)
    given.tell_corpus(filters, report)
    runs = run_all(planned, given.progress(len(planned)), jobs, overwrite)
    write_json(output / "curve.json", curve_dict(runs))
    print(curve_table(runs))


command(curve, cls=given.WithOverrides)
