"""The section of a report on its corpora: sizes, types, and gold mentions that were not scored as annotated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ...documents.alignment import MEANINGS
from ...text_tables import counted, times
from ..runs import Run
from ..summary import grouped, system_of
from .groups import at_full_size
from .layout import Block, Cell, Column, Row, Section, Table, number
from .scores import gold_mentions, labels_of

SHOWN_TYPES = 12
"""Maximum number of types listed for each corpus; the others are only counted."""


def corpora_section(runs: Sequence[Run]) -> Section:
    """Return, for each corpus, its sizes by part, the gold mentions of each type, and how many were lost."""
    rows, lines = [], []
    for corpus, group in grouped(at_full_size(runs), lambda run: run.corpus).items():
        some = next(iter(grouped(group, system_of).values()))
        train = some[0].train
        cells = [Cell(number(train.get(name))) for name in ("documents", "sentences", "mentions")]
        tested = [_sum_over_folds(some, name) for name in ("documents", "tokens")]
        labels = labels_of(some)
        mentions = sum(gold_mentions(some, label) for label in labels)
        rows.append(Row(corpus, [*cells, *map(Cell, map(number, tested)), Cell(number(mentions))]))
        types = ", ".join(f"{label} {gold_mentions(some, label):,}" for label in labels[:SHOWN_TYPES])
        more = f" and {counted(len(labels) - SHOWN_TYPES, 'rarer type')}" if len(labels) > SHOWN_TYPES else ""
        lines.append(f"{corpus}: {types}{more}.")
        lines += [f"{corpus}: {text}." for text in _lost(some)]
    heads = [Column("corpus", numeric=False), Column("train: documents"), Column("sentences"), Column("mentions")]
    heads += [Column("test: documents"), Column("tokens"), Column("mentions")]
    note = "With several folds: the training data of the first, and the test data of all."
    block = Block("", lines, [Table(heads, rows, "Corpora", note)])
    return Section("corpora", "Corpora", [block], "The training and test data of the systems.")


def _sum_over_folds(runs: Iterable[Run], name: str) -> int:
    """Return a figure of the test parts: summed over folds, once for all seeds."""
    of_fold = {run.fold: int(run.metrics.get(name) or 0) for run in runs}
    return sum(of_fold.values())


def _lost(runs: Sequence[Run]) -> list[str]:
    """Return lines on the gold mentions of the test data that were not scored as annotated."""
    outcomes: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    unreachable = 0
    for run in {run.fold: run for run in runs}.values():
        outcomes.update({name: count for name, count in (run.metrics.get("alignment") or {}).items() if count})
        problems.update(run.metrics.get("problems") or {})
        unreachable += int(run.metrics.get("ents_unreachable") or 0)
    lines = [
        f"{counted(outcomes[name], 'mention')} {name}: {MEANINGS[name]}"
        for name in MEANINGS
        if outcomes[name] and name != "exact"
    ]
    if unreachable:
        lines.append(f"{counted(unreachable, 'mention')} outside the tokens, so that no prediction matches: missed")
    lines += [f"{code} was reported {times(count)} when the files were read" for code, count in problems.items()]
    return lines
