"""The tables of a report: systems by corpus, compared with published figures, by type; and their runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...text_tables import duration_text
from ..folds import number_of_runs, over_folds
from ..runs import Run, Task
from ..summary import ALL, CI, Interval, grouped, interval, pooled, system_of
from .groups import View, at_full_size
from .layout import Block, Cell, Column, Row, Section, Table, mark_best, number
from .published import Published

SPREAD = (
    "±: half of the 95% confidence interval of the mean (t distribution) over folds, each with the mean of its seeds, "
    "or over seeds."
)
TEXTS: dict[Task, str] = {
    "entities": "Exact spans: a mention is correct if its boundaries and its type are those of the gold.",
    "relations": "A relation is correct if its type and the boundaries and types of both mentions are those of the "
    "gold; a relation between concepts, if its type and both concepts are.",
}
MARKS = "Bold: the best; underlined: the second best."


def decimals(value: float | None) -> str:
    """Return a percentage with two decimals, or a dash for None."""
    return "–" if value is None else f"{value:.2f}"


def figure(values: Sequence[float]) -> tuple[Cell, Interval | None]:
    """Return the cell of a mean over folds or runs, in percent, with its spread, and the mean; values are fractions."""
    known = [100 * value for value in values]
    if not known:
        return Cell("–"), None
    mean = interval(known)
    spread = "" if mean.half is None else f"±\u2009{mean.half:.2f}"
    return Cell(decimals(mean.mean), spread, title=", ".join(decimals(value) for value in known)), mean


def scores_section(runs: Sequence[Run], view: View) -> Section:
    """Return the scores of every system at full size: an overview if there are several corpora, then each corpus."""
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    blocks = [_overview(corpora)] if len(corpora) > 1 else []
    blocks += [Block(f"On {corpus}", [], [_corpus_table(corpus, group, view)]) for corpus, group in corpora.items()]
    return Section("scores", "Scores", blocks, TEXTS[runs[0].task])


def _overview(corpora: Mapping[str, Sequence[Run]]) -> Block:
    systems = list(dict.fromkeys(system_of(run) for group in corpora.values() for run in group))
    rows = []
    for corpus, group in corpora.items():
        of_system = grouped(group, system_of)
        figures = [figure(over_folds(of_system.get(system, ()), lambda run: run.scores["f"])) for system in systems]
        mark_best([(cell, mean.mean if mean else None) for cell, mean in figures])
        rows.append(Row(corpus, [cell for cell, _ in figures]))
    table = Table(
        [Column(f"corpus: F1 {CI}", numeric=False), *map(Column, systems)], rows, "F1 by corpus", f"{MARKS} {SPREAD}"
    )
    return Block("F1 on every corpus", [], [table])


def _corpus_table(corpus: str, runs: Sequence[Run], view: View) -> Table:
    columns: list[tuple[str, str, Callable[[Run], float | None]]] = [
        ("P", "precision: the share of the predictions that are correct", lambda run: run.scores["p"]),
        ("R", "recall: the share of the gold that was found", lambda run: run.scores["r"]),
        ("F1", "harmonic mean of precision and recall", lambda run: run.scores["f"]),
    ]
    of_relations = runs[0].task == "relations"
    if not of_relations:
        boundaries, overlaps = (
            "F1 of boundaries, ignoring types",
            "F1 in which an overlap counts half, ignoring types",
        )
        columns.append(("boundaries", boundaries, lambda run: run.scores.get("boundary", {}).get("f")))
        columns.append(("overlaps", overlaps, lambda run: run.scores.get("partial", {}).get("f")))
    rows, ranked = [], []
    for system, group in grouped(runs, system_of).items():
        figures = [figure(over_folds(group, value)) for _, _, value in columns]
        ranked.append([(cell, mean.mean if mean else None) for cell, mean in figures])
        seconds = [run.seconds for run in group if run.seconds is not None]
        speeds = [run.metrics["speed"] for run in group if run.metrics.get("speed")]
        sentences = {run.train.get("sentences") for run in group}
        if of_relations:
            together = 100 * pooled(group)[ALL].f1
            figures.append((Cell(decimals(together)), None))
            ranked[-1].append((figures[-1][0], together))
        cells = [cell for cell, _ in figures]
        cells.append(Cell(number_of_runs(group)))
        cells.append(Cell(number(sentences.pop()) if len(sentences) == 1 else _range(sentences)))
        cells.append(Cell(duration_text(sum(seconds) / len(seconds)) if seconds else "–"))
        cells.append(Cell(f"{sum(speeds) / len(speeds):,.0f}" if speeds else "–"))
        rows.append(Row(system, cells, view.where(group), view.colour(system)))
    for column in zip(*ranked, strict=True):
        mark_best(column)
    heads = [Column("system", numeric=False), *(Column(f"{name} {CI}", title) for name, title, _ in columns)]
    heads += [Column("pooled F1", "micro F1 of all runs together")] if of_relations else []
    heads += [
        Column("runs"),
        Column("sentences", "training sentences"),
        Column("training", "wall time of a run"),
        Column("tokens/s", "tokens tagged per second"),
    ]
    return Table(heads, rows, f"Scores on {corpus}", f"{MARKS} {SPREAD} Below each system: the folder of its runs.")


def _range(values: set[int | None]) -> str:
    known = sorted(value for value in values if value is not None)
    return f"{number(known[0])}–{number(known[-1])}" if known else "–"


def published_section(runs: Sequence[Run], published: Sequence[Published], view: View) -> Section | None:
    """Return published and measured figures with differences in setup; None if no figure is of these corpora."""
    of_system = grouped(at_full_size(runs), lambda run: (run.corpus, system_of(run)))
    corpora = list(dict.fromkeys(run.corpus for run in runs))
    rows = []
    for given in published:
        if given.f1 is None:
            continue
        for corpus in filter(given.is_of, corpora):
            group = of_system.get((corpus, given.system), [])
            values = of_type(group, given.type, "f") if given.type else over_folds(group, lambda run: run.scores["f"])
            cell, mean = figure(values)
            gap = f"{mean.mean - given.f1:+.2f}".replace("-", "−") if mean else "–"
            texts = (given.differs or "–", given.source or "–")
            style = view.colour(given.system) if group else None
            where = view.where(group) if group else "not measured"
            name = f"{corpus}, {given.type}" if given.type else corpus
            cells = [Cell(name), Cell(decimals(given.f1)), cell, Cell(gap), *map(Cell, texts)]
            rows.append(Row(given.system, cells, where, style))
    if not rows:
        return None
    heads = [
        Column("system", numeric=False),
        Column("corpus", numeric=False),
        Column("published F1"),
        Column(f"measured F1 {CI}"),
        Column("difference", "measured less published, in points"),
        Column("differences", numeric=False, wide=True),
        Column("source", numeric=False, wide=True),
    ]
    return Section(
        "published",
        "Published",
        [Block("", [], [Table(heads, rows, "Published and measured figures", SPREAD)])],
        "Published figures beside the measured ones.",
    )


def types_table(corpus: str, runs: Sequence[Run]) -> Table:
    """Return F1 by type (rows) and system (columns), with the number of gold mentions."""
    systems = grouped(runs, system_of)
    rows = []
    for label in labels_of(runs):
        figures = [figure(of_type(group, label, "f")) for group in systems.values()]
        mark_best([(cell, mean.mean if mean else None) for cell, mean in figures])
        mentions = max(gold_mentions(group, label) for group in systems.values())
        rows.append(Row(label, [Cell(number(mentions)), *(cell for cell, _ in figures)]))
    what = "mentions" if runs[0].task == "entities" else "relations"
    heads = [Column(f"type: F1 {CI}", numeric=False), Column(what, f"gold {what} of the test data, over all folds")]
    return Table([*heads, *map(Column, systems)], rows, f"F1 by type on {corpus}", f"{MARKS} {SPREAD}")


def gold_mentions(runs: Sequence[Run], label: str) -> int:
    """Return the gold mentions of a type in the test parts of one system: summed over folds, once for all seeds."""
    of_fold: dict[int | None, int] = {}
    for run in runs:
        counts = (run.scores.get("per_type") or {}).get(label, {})
        # Seeds test on the same mentions, folds on different ones.
        of_fold[run.fold] = max(of_fold.get(run.fold, 0), int(counts.get("tp", 0) + counts.get("fn", 0)))
    return sum(of_fold.values())


def of_type(runs: Sequence[Run], label: str, name: str) -> list[float]:
    """Return a figure of one type over folds or runs, of those that have one."""
    return over_folds(runs, lambda run: (run.scores.get("per_type") or {}).get(label, {}).get(name))


def labels_of(runs: Sequence[Run]) -> list[str]:
    """Return the types in the scores of runs, those with most gold mentions first."""
    counts: dict[str, float] = {}
    for run in runs:
        for label, figures in (run.scores.get("per_type") or {}).items():
            counts[label] = counts.get(label, 0) + figures.get("tp", 0) + figures.get("fn", 0)
    return sorted(counts, key=lambda label: (-counts[label], label))


def runs_table(runs: Sequence[Run], view: View, page: Path) -> Table:
    """Return every run with its counts, and a link from the page to its predictions."""

    def figures(run: Run) -> list[Cell]:
        counts = run.scores.get("counts") or {}
        shares = [Cell(decimals(100 * run.scores[name])) for name in "prf"]
        return [*shares, *(Cell(f"{counts.get(name, 0):,g}") for name in ("tp", "fp", "fn"))]

    heads = [*map(Column, ("P", "R", "F1"))]
    heads += [Column("TP", "true positives"), Column("FP", "false positives"), Column("FN", "false negatives")]
    return table_of_runs(runs, view, page, heads, figures)


def table_of_runs(
    runs: Sequence[Run], view: View, page: Path, heads: Sequence[Column], figures: Callable[[Run], Sequence[Cell]]
) -> Table:
    """Return every run of a task with its own figures, and a link from the page to its predictions."""
    rows = []
    for run in runs:
        file = run.path / "predictions.jsonl"
        cells = [
            Cell(run.corpus),
            Cell("all" if run.size is None else f"{run.size:,} {run.unit}"),
            Cell("" if run.fold is None else str(run.fold)),
            Cell("" if run.seed is None else str(run.seed)),
            *figures(run),
            Cell(f"{view.where([run])}/{file.name}", link=relative(file, page)),
        ]
        rows.append(Row(system_of(run), cells, "", view.colour(system_of(run))))
    first = [Column("system", numeric=False), Column("corpus", numeric=False)]
    first += [Column("sample", "of the training data"), Column("fold"), Column("seed")]
    return Table([*first, *heads, Column("predictions", numeric=False)], rows, f"All runs: {runs[0].task}")


def relative(file: Path, page: Path) -> str:
    """Return a link from a page to a file: relative where both are on one drive."""
    from urllib.parse import quote

    try:
        return quote(Path(os.path.relpath(file.resolve(), page.resolve().parent)).as_posix())
    except ValueError:
        return file.resolve().as_uri()
