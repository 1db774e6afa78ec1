"""Learning curves of active learning: the pipeline trained on one sample selects what is added to it.

    size 1,000    random sample -> train, score -> the pipeline reads the pool and selects 1,000 more words
    size 2,000    both          -> train, score -> ...

The folder of a run keeps the selection for the next size (``next.json``), with all that it depends on, so that an
interrupted curve can be resumed. With other sizes the sample is selected anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import BionerError
from ...formats import Document
from ...formats.text_io import write_json
from ..runs import FILE, MODEL, NEXT, Run
from ..selection.choice import Budget
from ..selection.informativeness import check_strategy
from ..selection.pool import number_of_words, suggest
from .data_splits import digest_documents, test_parts
from .designs import Setting
from .runner import Planned
from .worker import Trial

FULL = "full"

RunTrial = Callable[[Planned], Run]


def selected_curve(
    setting: Setting,
    documents: Sequence[Document],
    test: Sequence[Document],
    sizes: Sequence[int],
    strategies: Sequence[str],
    seeds: int,
    run: RunTrial,
) -> list[Run]:
    """Return the runs of a learning curve for each strategy, and of all data (``full``) for each seed.

    Curves are made from scratch and from each source; all data is trained on from scratch only. sizes: numbers of
    words, in increasing order. The first sample is random, and the same for all curves of a seed. run: trains and
    scores a planned trial, or reads it if it is finished.

    Raises B720 for an unknown strategy, B723 for sizes that do not increase or are not below the words of the data,
    B836, and the errors of training.
    """
    for strategy in strategies:
        check_strategy(strategy)
    total = sum(map(number_of_words, documents))
    if not sizes or list(sizes) != sorted({*sizes}) or not 0 < sizes[0] <= sizes[-1] < total:
        raise BionerError("B723", sizes=",".join(map(str, sizes)), total=total)
    runs: list[Run] = []
    for seed in range(setting.seed, setting.seed + seeds):
        for trial in _trials(setting, FULL, total, seed):
            runs.append(run((trial, lambda: test_parts(documents, test, setting.seed, setting.group, setting.dev))))
        for strategy in strategies:
            systems = len(list(_trials(setting, strategy, sizes[0], seed)))
            for system in range(systems):
                runs += _curve(setting, documents, test, sizes, strategy, seed, system, run)
    return runs


def _trials(setting: Setting, strategy: str, size: int, seed: int) -> Iterator[Trial]:
    """Yield a trial for each config and its sources, with the strategy in the name of the system."""
    named = {f"{system}-{strategy}": config for system, config in setting.systems.items()}
    setting = replace(setting, systems=named)
    if strategy == FULL:
        # Curves with and without a source have the same goal, the score of all data from scratch.
        setting.sources = {}
    for trial in setting.trials(f"size-{size}/seed-{seed}", seed, size=size, unit="words"):
        yield replace(trial, lend=strategy != FULL)  # a pipeline is kept until it has selected the next sample


def _curve(
    setting: Setting,
    documents: Sequence[Document],
    test: Sequence[Document],
    sizes: Sequence[int],
    strategy: str,
    seed: int,
    system: int,
    run: RunTrial,
) -> Iterator[Run]:
    """Yield the runs of one system (an index of ``_trials``), strategy and seed, from the smallest sample on."""
    chosen = _more(documents, [], sizes[0], "random", seed)
    pool = digest_documents(documents)
    for i, size in enumerate(sizes):
        trial = list(_trials(setting, strategy, size, seed))[system]
        sample = [documents[number] for number in chosen]

        def make(sample: list[Document] = sample) -> object:
            return test_parts(sample, test, setting.seed, setting.group, setting.dev)

        done = run((trial, make))  # type: ignore[arg-type]
        if i + 1 < len(sizes):
            # All that the selection depends on. Of another one the documents may not even be the same.
            of = {"digest": done.digest, "pool": pool, "size": sizes[i + 1], "strategy": strategy, "seed": seed}
            known = _read(done, of)
            model = done.path / MODEL
            if known is None and strategy != "random" and not model.is_dir():
                (done.path / FILE).unlink()  # without its pipeline nothing can be selected: train it again
                done = run((trial, make))  # type: ignore[arg-type]
            chosen = known or _more(documents, chosen, sizes[i + 1], strategy, seed, model)
            write_json(done.path / NEXT, {**of, "chosen": chosen})
        if not setting.keep:
            shutil.rmtree(done.path / MODEL, ignore_errors=True)
        yield done


def _read(run: Run, of: Mapping[str, Any]) -> list[int] | None:
    """Return the selection that a run's folder has for the next sample; None without one, or if it is not ``of`` it."""
    try:
        content = json.loads((run.path / NEXT).read_text(encoding="utf8"))
        chosen = content.pop("chosen")
        return chosen if content == of else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _more(
    documents: Sequence[Document],
    chosen: Sequence[int],
    size: int,
    strategy: str,
    seed: int,
    model: Path | None = None,
) -> list[int]:
    """Return the indices of the documents of a larger sample: those selected before, then new ones."""
    from spacy.util import load_model

    nlp = None if strategy == "random" or model is None else load_model(model)
    taken = set(chosen)
    left = [number for number in range(len(documents)) if number not in taken]
    words = size - sum(number_of_words(documents[number]) for number in chosen)
    found = suggest(nlp, [documents[number] for number in left], Budget(words=max(0, words)), strategy, seed)
    return [*chosen, *(left[one.number] for one in found)]
