"""Experiment designs: the trials over folds, seeds, sizes and source weights of one or more configs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from .worker import SOURCE, Trial

SEED = "system.seed"

FINAL = ("model-best", "model-last")


@dataclass(slots=True)
class Setting:
    """The settings shared by the trials of an experiment.

    configs, sources: name -> path. overrides: applied to the configs that have the setting.
    dev: share of the training documents held out to choose the best weights, or the documents themselves; with 0 none
    are held out, and the last weights are used. corpus: its name. output: the folder of the runs.
    """

    configs: dict[str, str]
    corpus: str
    output: Path
    overrides: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    dev: float | Sequence[Document] = 0.1
    group: Group = lambda item: item[0]
    seed: int = 0
    gpu: int = -1
    keep: bool = False
    gold_entities: bool = False

    def trials(self, name: str, seed: int, **values: Any) -> Iterator[Trial]:
        """Yield the trials of one point: every config, without initial weights and then from each source.

        At size 0 there are only the sources. Raises B838 for a config without the setting ``paths.source``.
        """
        for system, config in self.configs.items():
            base = own_overrides(config, self.overrides)
            if SEED in known_settings(config, [SEED]):
                base[SEED] = seed
            # From scratch first, then from each source, in the order in which comparisons show them.
            starts = [] if values.get("size") == 0 else [(None, None)]
            for source, weights in [*starts, *self.sources.items()]:
                if source is not None and not takes_weights(config):
                    raise BionerError("B838", config=config, setting=SOURCE)
                overrides = base if weights is None else {**base, SOURCE: weights}
                folder = system if source is None else f"{system}-from-{source}"
                path = self.output / folder / name
                values["gold_entities"] = self.gold_entities
                run = Run(path, system, self.corpus, config, seed=seed, source=source, overrides=overrides, **values)
                yield Trial(run, "last" if self.dev == 0 else "best", self.gpu, self.keep)


def named(given: Sequence[str]) -> dict[str, str]:
    """Parse NAME=PATH arguments; the default name is that of the file or folder.

    Raises B839 for a name that is empty, given twice, or contains a slash.
    """
    result: dict[str, str] = {}
    for text in given:
        name, _, path = text.rpartition("=")
        if not name:
            place = Path(path)
            name = place.parent.name if place.name in FINAL else place.name.removesuffix(".cfg")
        if not name or name in result or "/" in name:
            raise BionerError("B839", name=name, path=path)
        result[name] = path
    return result


def known_settings(config: str, names: Sequence[str]) -> list[str]:
    """Return the subset of settings, in dot notation, that a config has; raises B840 for an invalid config."""
    from confection import ConfigValidationError
    from spacy.util import load_config

    try:
        content = load_config(Path(config))
    except OSError as err:
        raise BionerError("B840", path=config, reason=str(err)) from None
    except (ValueError, ConfigValidationError) as err:
        raise BionerError("B840", path=config, reason=str(err).strip().splitlines()[0]) from None
    return [name for name in names if _holds(content, name.split("."))]


def takes_weights(config: str) -> bool:
    """Return whether a config has the setting ``paths.source`` and does not reject it in ``before_init``."""
    if SOURCE not in known_settings(config, [SOURCE]):
        return False
    from spacy.util import load_config

    # Without interpolation a reference remains text, ${paths.source}, so that the blocks that use it can be found. A
    # config that rejects weights uses it in before_init only, because before initialisation nothing can receive them.
    content = load_config(Path(config), interpolate=False)
    initialize = content.get("initialize", {})
    if SOURCE not in str(initialize.get("before_init")):
        return True
    return SOURCE in str({name: block for name, block in initialize.items() if name != "before_init"})


def _holds(value: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    return True


def own_overrides(config: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the overrides of settings that a config has."""
    known = set(known_settings(config, list(overrides)))
    return {name: value for name, value in overrides.items() if name in known}


def check_overrides(configs: Mapping[str, str], overrides: Mapping[str, Any]) -> None:
    """Raise B841 for an override of a setting that none of the configs has, or of one that the experiment sets."""
    known = {name for config in configs.values() for name in known_settings(config, list(overrides))}
    for name in overrides:
        if name not in known:
            raise BionerError("B841", setting=name, reason="none of the configs has it")
        if name in ("paths.train", "paths.dev", SEED):
            raise BionerError("B841", setting=name, reason="the experiment sets it")


def cross_validation(setting: Setting, documents: Sequence[Document], folds: int, seeds: int = 1) -> list[Planned]:
    """Return the trials of a k-fold cross-validation; with several seeds, each fold is trained with each of them.

    The folds are drawn with ``setting.seed`` and shared by all configs. Raises B221, B835 and B836.
    """
    planned: list[Planned] = []
    # ``make`` splits the documents when a trial is run, so that the parts of all folds are never in memory at once.
    for fold in range(folds):
        make = partial(fold_parts, documents, folds, fold, setting.seed, setting.group, setting.dev)
        for seed in range(setting.seed, setting.seed + seeds):
            name = f"fold-{fold}" if seeds == 1 else f"fold-{fold}/seed-{seed}"
            planned += [(trial, make) for trial in setting.trials(name, seed, fold=fold, folds=folds)]
    return planned


def held_out(
    setting: Setting, documents: Sequence[Document], test: Sequence[Document], seeds: int = 1, **fold: int
) -> list[Planned]:
    """Return the trials of an experiment with given test data, one per seed. Raises B836.

    fold: ``fold`` and ``folds``, if the data is a fold that was given as files.
    """
    make = partial(test_parts, documents, test, setting.seed, setting.group, setting.dev)
    names = [f"seed-{seed}" for seed in range(setting.seed, setting.seed + seeds)]
    if fold:
        names = [f"fold-{fold['fold']}" if seeds == 1 else f"fold-{fold['fold']}/{name}" for name in names]
    return [
        (trial, make) for seed, name in enumerate(names, setting.seed) for trial in setting.trials(name, seed, **fold)
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
    except ValueError:
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
