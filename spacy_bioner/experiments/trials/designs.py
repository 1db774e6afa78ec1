"""Experiment designs: the trials over folds, seeds, sizes and source weights of one or more configs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ...corpus.grouping import Group
from ...errors import BionerError
from ...formats import Document
from ..runs import Run
from .data_splits import DataParts, fold_parts, number_of_sentences, sample_sentences, test_parts
from .runner import Planned
from .systems import SEED, SEED_NUMBER, SOURCE, known_settings, own_overrides, pipeline_for, takes_weights
from .worker import Trial


@dataclass(slots=True)
class Setting:
    """The settings shared by the trials of an experiment.

    systems: name -> path of a config, or a trained pipeline that is tested as it is (``systems.pipeline_for``).
    sources: name -> path. overrides: applied to the configs that have the setting.
    dev: share of the training documents held out to choose the best weights, or the documents themselves; with 0 none
    are held out, and the last weights are used. corpus: its name. output: the folder of the runs. group: documents of
    one group are in one fold; rule: what it was made of (``corpus.grouping.make_group``).
    """

    systems: dict[str, str]
    corpus: str
    output: Path
    overrides: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    dev: float | Sequence[Document] = 0.1
    group: Group = lambda item: item[0]
    rule: str = ""
    seed: int = 0
    gpu: int = -1
    keep: bool = False
    gold_entities: bool = False

    def trials(self, name: str, seed: int, **values: Any) -> Iterator[Trial]:
        """Yield the trials of one point: every config, without initial weights and then from each source.

        At size 0 there are only the sources. A trained pipeline has one trial; with other seeds than the first one only
        if its path depends on the seed. Raises B804 for a path without a pipeline, B838 for a config without the
        setting ``paths.source``, B867 for a pipeline in a learning curve.
        """
        values |= {"gold_entities": self.gold_entities, "group": self.rule}
        for system, given in self.systems.items():
            if (pipeline := pipeline_for(given, values.get("fold"), seed)) is not None:
                if values.get("size") is not None:
                    raise BionerError("B867", pipeline=pipeline)
                if seed == self.seed or SEED_NUMBER in given:
                    run = Run(self.output / system / name, system, self.corpus, pipeline, seed=seed, **values)
                    yield Trial(run, gpu=self.gpu, pipeline=pipeline)
                continue
            base = own_overrides(given, self.overrides)
            if SEED in known_settings(given, [SEED]):
                base[SEED] = seed
            # From scratch first, then from each source, in the order in which comparisons show them.
            starts = [] if values.get("size") == 0 else [(None, None)]
            for source, weights in [*starts, *self.sources.items()]:
                if source is not None and not takes_weights(given):
                    raise BionerError("B838", config=given, setting=SOURCE)
                overrides = base if weights is None else {**base, SOURCE: weights}
                folder = system if source is None else f"{system}-from-{source}"
                path = self.output / folder / name
                run = Run(path, system, self.corpus, given, seed=seed, source=source, overrides=overrides, **values)
                untrained = weights if values.get("size") == 0 else None
                yield Trial(run, "last" if self.dev == 0 else "best", self.gpu, self.keep, pipeline=untrained)


def cross_validation(setting: Setting, documents: Sequence[Document], folds: int, seeds: int = 1) -> list[Planned]:
    """Return the trials of a k-fold cross-validation; with several seeds, each fold is trained with each of them.

    The folds are drawn with ``setting.seed`` and shared by all configs. Raises B221, B835 and B836.
    """
    planned: list[Planned] = []
    # ``make`` splits the documents when a trial is run, so that the parts of all folds are never in memory at once.
    for fold in range(folds):
        make = partial(fold_parts, documents, folds, fold, setting.seed, setting.group, setting.dev)
        for seed in range(setting.seed, setting.seed + seeds):
            # The seed is named even if there is one, so that runs with more seeds can be added to these.
            name = f"fold-{fold}/seed-{seed}"
            planned += [(trial, make) for trial in setting.trials(name, seed, fold=fold, folds=folds)]
    return planned


def held_out(
    setting: Setting, documents: Sequence[Document], test: Sequence[Document], seeds: int = 1, **fold: int
) -> list[Planned]:
    """Return the trials of an experiment with given test data, one per seed. Raises B836.

    fold: ``fold`` and ``folds``, if the data is a fold that was given as files.
    """
    make = partial(test_parts, documents, test, setting.seed, setting.group, setting.dev)
    place = f"fold-{fold['fold']}/" if fold else ""
    return [
        (trial, make)
        for seed in range(setting.seed, setting.seed + seeds)
        for trial in setting.trials(f"{place}seed-{seed}", seed, **fold)
    ]


def learning_curve(
    setting: Setting, documents: Sequence[Document], test: Sequence[Document], sizes: Sequence[str], seeds: int = 3
) -> list[Planned]:
    """Return the trials of a learning curve: at each size one sample per seed, each trained from scratch.

    sizes: numbers of sentences, or percentages ("10%"). A sample is a prefix of the larger samples with the same seed.
    At size 0 each source is tested once without training (Miftahutdinov et al. 2020: zero-shot). Raises B842 for an
    invalid size, B836.
    """
    total = sum(map(number_of_sentences, documents))
    planned: list[Planned] = []
    # Sizes that are equal in sentences are one point. At size 0 nothing is trained, so that one seed is enough.
    for size in sorted({sentences_of_size(text, total) for text in sizes}):
        if size == 0 and not setting.sources:
            raise BionerError("B842", size=0)
        for seed in range(setting.seed, setting.seed + (seeds if size else 1)):
            make = partial(_sampled, setting, documents, test, size, seed)
            planned += [(trial, make) for trial in setting.trials(f"size-{size}/seed-{seed}", seed, size=size)]
    return planned


def sentences_of_size(text: str, total: int) -> int:
    """Return the number of sentences of a size, at most ``total``; raises B842."""
    try:
        number = float(text.removesuffix("%"))
        size = round(number / 100 * total) if text.endswith("%") else int(text)
    except (ValueError, OverflowError):  # also for nan% and inf%
        raise BionerError("B842", size=text) from None
    if size < 0 or (text.endswith("%") and (size == 0 or number > 100)):
        raise BionerError("B842", size=text)
    return min(size, total)


def _sampled(
    setting: Setting, documents: Sequence[Document], test: Sequence[Document], size: int, seed: int
) -> DataParts:
    if not size:
        return DataParts([], [], list(test), False)
    return test_parts(sample_sentences(documents, size, seed), test, seed, setting.group, setting.dev)
