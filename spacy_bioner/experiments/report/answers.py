"""The sections of a report on answers to questions: scores, and the wrong answers in their texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ...text_tables import counted, duration_text
from ..analysis.answer_errors import KINDS, Answered, answers_by_kind, answers_of
from ..analysis.errors import thinned
from ..answer_summary import MEASURES, measure
from ..folds import number_of_runs, over_folds
from ..runs import Run
from ..summary import CI, grouped, system_of
from .groups import View, at_full_size
from .layout import Block, Cell, Column, Row, Section, Table, mark_best, number
from .scores import MARKS, SPREAD, figure, table_of_runs

AROUND = 150
"""Characters of the text that are shown before and after the place of the gold answer."""

_TITLES = {
    "em": "exact match: the words of a gold answer, without articles and punctuation",
    "f": "mean F1 of the words of the answer against those of the most similar gold answer",
    "strict": "BioASQ: the first answer to a question from all of its texts is right",
    "lenient": "BioASQ: one of five answers is right",
    "mrr": "BioASQ: mean reciprocal rank of the first right answer",
}


def answer_scores_section(runs: Sequence[Run], view: View) -> Section:
    """Return the scores of every system at full size, by corpus."""
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    blocks = [Block(f"On {corpus}", [], [_scores(corpus, group, view)]) for corpus, group in corpora.items()]
    text = "An answer counts by its words; a question without a gold answer is right if no answer is given."
    return Section("scores", "Scores", blocks, text)


def _scores(corpus: str, runs: Sequence[Run], view: View) -> Table:
    keys = [key for key in MEASURES if any(run.scores.get(key) is not None for run in runs)]
    rows, ranked = [], []
    for system, group in grouped(runs, system_of).items():
        figures = [figure(over_folds(group, partial(measure, key=key))) for key in keys]
        ranked.append([(cell, mean.mean if mean else None) for cell, mean in figures])
        seconds = [run.seconds for run in group if run.seconds is not None]
        counts = answers_by_kind(one for run in group for one in answers_of(run))
        cells = [cell for cell, _ in figures]
        cells += [Cell(number(counts[kind])) for kind in KINDS]
        cells += [Cell(number_of_runs(group)), Cell(duration_text(sum(seconds) / len(seconds)) if seconds else "–")]
        rows.append(Row(system, cells, view.where(group), view.colour(system)))
    for column in zip(*ranked, strict=True):
        mark_best(column)
    heads = [Column("system", numeric=False), *(Column(f"{MEASURES[key]} {CI}", _TITLES[key]) for key in keys)]
    heads += [Column(kind, "number of answers, over all runs") for kind in KINDS]
    heads += [Column("runs"), Column("training", "wall time of a run")]
    return Table(heads, rows, f"Scores of answers on {corpus}", f"{MARKS} {SPREAD}")


def wrong_answers_section(runs: Sequence[Run], view: View, limit: int) -> Section:
    """Return the answers that are not exact, of the runs at full size: question, gold and given answer, score, text.

    limit: maximum number of answers; above it, an evenly spaced sample of each run is kept.
    """
    found = [(run, [one for one in answers_of(run) if one.em < 1]) for run in at_full_size(runs)]
    total = sum(len(some) for _, some in found)
    rows = []
    for run, some in found:
        for one in thinned(some, len(some) * limit // total if total > limit else len(some)):
            where = f"{system_of(run)}, {view.where([run])}, {one.document}"
            cells = [
                Cell(" | ".join(one.gold) if one.gold != ("",) else "none"),
                Cell(one.found or "none"),
                Cell("–" if one.score is None else f"{one.score:.4f}"),
                Cell(f"{100 * one.f1:.2f}"),
                Cell(one.kind),
                Cell(_context(one)),
            ]
            rows.append(Row(one.question, cells, where, view.colour(system_of(run))))
    heads = [Column("question", numeric=False), Column("gold", numeric=False), Column("answer", numeric=False)]
    heads += [
        Column("probability"),
        Column("F1"),
        Column("kind", numeric=False),
        Column("text", numeric=False, wide=True),
    ]
    shown = (
        f"{len(rows):,} of {total:,} are shown, sampled evenly from every run (--max-errors)."
        if len(rows) < total
        else ""
    )
    text = f"Not exact: {counted(total, 'answer')}. {shown}" if total else "Every answer is exact."
    tables = [Table(heads, rows, "Answers that are not exact")] if rows else []
    return Section("errors", "Errors", [Block("", [], tables)], text.strip())


def _context(one: Answered) -> str:
    low = max(0, one.place - AROUND)
    high = one.place + len(one.gold[0]) + AROUND
    return f"{'… ' if low else ''}{one.text[low:high]}{' …' if high < len(one.text) else ''}"


def answer_runs_table(runs: Sequence[Run], view: View, page: Path) -> Table:
    """Return every run with its scores, and a link from the page to its predictions."""

    def figures(run: Run) -> list[Cell]:
        scores = [figure(over_folds([run], partial(measure, key=key)))[0] for key in MEASURES]
        return [*scores, Cell(number(run.scores["questions"]))]

    return table_of_runs(runs, view, page, [*map(Column, MEASURES.values()), Column("questions")], figures)
