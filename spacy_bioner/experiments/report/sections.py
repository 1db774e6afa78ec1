"""The sections of a report that have plots, with the figures of each plot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any
from urllib.parse import quote

from ...scoring import error_reduction
from ...text_tables import counted
from ..folds import over_folds
from ..runs import Run
from ..summary import SD, Interval, enough, grouped, interval, system_of
from . import plots
from .groups import View, at_full_size, ends
from .layout import Block, Cell, Column, Plot, Row, Section, Table, number
from .plots import Line
from .scores import decimals, figure, labels_of, of_type, types_table
from .svg import inline_svg, save, to_svg

MOST_TYPES = 24
"""Maximum number of types in a bar plot, those with most mentions; more would not fit a page."""


@dataclass(slots=True)
class Plotter:
    """Adds plots to the page and writes them as files to ``folder``."""

    folder: Path
    names: set[str] = field(default_factory=set)

    def __call__(self, name: str, drawn: Any, caption: str, table: Table | None = None) -> Plot:
        """Save a figure and return it as part of the page; its name is made unique and valid as a file name."""
        base = name = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-").lower() or "plot"
        count = 1
        while name in self.names:
            count += 1
            name = f"{base}-{count}"
        self.names.add(name)
        svg = to_svg(drawn)
        save(drawn, svg, self.folder, name)
        return Plot(name, inline_svg(svg, name, caption), caption, quote(f"{self.folder.name}/{name}"), table)


def types_section(runs: Sequence[Run], view: View, plot: Plotter) -> Section | None:
    """Return F1 by type of every system at full size, for corpora with several types."""
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    blocks = []
    for corpus, group in corpora.items():
        labels = labels_of(group)
        if len(labels) < 2:
            continue
        values: dict[str, dict[str, tuple[float, float, float]]] = {}
        for label in labels[:MOST_TYPES]:
            figures = {name: figure(of_type(some, label, "f"))[1] for name, some in grouped(group, system_of).items()}
            values[label] = {system: (mean.mean, *ends(mean)) for system, mean in figures.items() if mean}
        left_out = len(labels) - len(values)
        note = f" The table also has {counted(left_out, 'type')} with fewer mentions." if left_out else ""
        drawn = plots.bars(values, view.systems)
        caption = f"F1 by type on {corpus}.{note}"
        heading = f"On {corpus}" if len(corpora) > 1 else ""
        blocks.append(Block(heading, plots=[plot(f"types-{corpus}", drawn, caption, types_table(corpus, group))]))
    return Section("types", "Types", blocks) if blocks else None


def curves_section(runs: Sequence[Run], view: View, plot: Plotter) -> Section | None:
    """Return F1 against the size of the training data, for systems that were trained at two or more sizes.

    Sizes in sentences and in words have plots of their own.
    """
    block = Block()
    for (corpus, unit), group in grouped(runs, lambda run: (run.corpus, run.unit)).items():
        curves = {system: _curve(some) for system, some in grouped(group, system_of).items()}
        curves = {system: points for system, points in curves.items() if len(points) > 1}
        if not curves:
            continue
        lines = []
        for system, points in curves.items():
            y = [point.mean for point in points.values()]
            spreads = [point.deviation or 0.0 for point in points.values()]
            low = [max(0.0, value - spread) for value, spread in zip(y, spreads, strict=True)]
            high = [min(100.0, value + spread) for value, spread in zip(y, spreads, strict=True)]
            lines.append(Line(system, view.systems[system], list(points), y, low, high))
        # The largest size of a system need not be all data, and is named.
        reached = "; ".join(
            f"{system}, {number(enough(points)) or 'none'} ({max(points):,})" for system, points in curves.items()
        )
        caption = (
            f"F1 on {corpus} by training {unit}. The band is one standard deviation over folds and seeds. Smallest "
            f"size that reaches 99% of the F1 at the largest size here (in brackets): {reached}."
        )
        table = _curve_table(corpus, unit, curves, view)
        drawn = plots.learning_curves(lines, f"training {unit}")
        block.plots.append(plot(f"curve-{corpus}", drawn, caption, table))
    return Section("curves", "Learning curves", [block]) if block.plots else None


def _curve(runs: Sequence[Run]) -> dict[int, Interval]:
    """Return F1 in percent by size; of runs on all data, sizes that differ by at most a tenth are merged into a mean.

    Folds differ in size by chance; the sizes of samples were asked for, and stay apart.
    """
    points = grouped((run for run in runs if run.size is not None), lambda run: run.size or 0)
    if not points:
        return {}
    groups: list[list[Run]] = []
    known = (run for run in runs if run.size is None and "sentences" in run.train)
    for run in sorted(known, key=lambda run: run.train["sentences"]):
        # Compared with the first of the group: compared with the last, sizes in small steps would all be merged.
        if groups and run.train["sentences"] <= 1.1 * groups[-1][0].train["sentences"]:
            groups[-1].append(run)
        else:
            groups.append([run])
    for group in groups:
        points.setdefault(round(mean(run.train["sentences"] for run in group)), []).extend(group)
    return {
        size: interval(over_folds(some, lambda run: 100 * run.scores["f"])) for size, some in sorted(points.items())
    }


def _curve_table(corpus: str, unit: str, curves: Mapping[str, Mapping[int, Interval]], view: View) -> Table:
    rows = []
    for system, points in curves.items():
        for size, point in points.items():
            spread = "" if point.deviation is None else f"±\u2009{point.deviation:.2f}"
            cells = [Cell(f"{size:,}"), Cell(str(len(point.values))), Cell(decimals(point.mean), spread)]
            rows.append(Row(system, cells, "", view.colour(system)))
    heads = [
        Column("system", numeric=False),
        Column(unit),
        Column("runs", "or folds, each the mean of its seeds"),
        Column(f"F1 {SD}"),
    ]
    return Table(heads, rows, f"F1 on {corpus} by training {unit}", "±: one standard deviation.")


def size_of(run: Run) -> int | None:
    """Return the size of a run's training data in its unit; None if that is not known."""
    return run.size if run.size is not None else run.train.get("sentences")


def gains(runs: Sequence[Run]) -> list[tuple[Run, float, float | None]]:
    """Return the runs that started from given weights, each with its gain over the same run from scratch.

    The gain is in points of F1, and as an error reduction (Giorgi & Bader 2018), which is None if there were no errors.
    The same run has the same system, corpus, fold, seed and size; without one, the mean over other seeds is used.
    """
    plain = grouped((run for run in runs if not run.source), lambda run: (run.system, run.corpus, run.fold, run.size))
    result = []
    for run in runs:
        others = plain.get((run.system, run.corpus, run.fold, run.size), []) if run.source else []
        # Paired by seed where possible: the spread over seeds then cancels in the difference.
        same = [other for other in others if other.seed == run.seed] or others
        if same:
            base = sum(other.scores["f"] for other in same) / len(same)
            score = run.scores["f"]
            result.append((run, 100 * (score - base), error_reduction(base, score)))
    return result


def transfer_section(runs: Sequence[Run], view: View, plot: Plotter) -> Section | None:
    """Return the gains in F1 of runs that started from given weights, by the size of the target's training data."""
    units = grouped(gains(runs), lambda pair: pair[0].unit)
    return Section("transfer", "Transfer", [_gains(*item, view, plot) for item in units.items()]) if units else None


def _gains(unit: str, pairs: Sequence[tuple[Run, float, float | None]], view: View, plot: Plotter) -> Block:
    sizes = sorted({size_of(run) or 0 for run, *_ in pairs})
    bounds = sizes if len(sizes) <= 6 else [100, 300, 1000, 3000, 10_000, 30_000]
    groups: dict[str, dict[str, list[float]]] = {}
    gone: dict[tuple[str, str], list[float]] = {}
    for run, gain, share in sorted(pairs, key=lambda pair: size_of(pair[0]) or 0):
        name = _size_group(size_of(run) or 0, bounds, exact=bounds is sizes)
        groups.setdefault(name, {}).setdefault(system_of(run), []).append(gain)
        gone.setdefault((name, system_of(run)), []).extend([] if share is None else [100 * share])
    rows = [
        Row(
            f"1 {unit.removesuffix('s')}" if size == "1" else f"{size} {unit}",
            [Cell(system), Cell(str(len(values))), *_quartiles(values), _mean_share(gone[size, system])],
        )
        for size, of_system in groups.items()
        for system, values in of_system.items()
    ]
    heads = [Column("training data", numeric=False), Column("system", numeric=False), Column("runs")]
    heads += [Column("minimum"), Column("median"), Column("maximum"), Column("gained", "runs with a gain above 0")]
    heads += [Column("fewer errors, %", "error reduction: (F - F_base) / (100 - F_base), mean of the runs")]
    table = Table(heads, rows, "Gain in F1 by size of the target corpus, in points")
    caption = (
        f"Gain in F1 over the same run from scratch, by training {unit} of the target corpus. Boxes: quartiles and"
        " median; whiskers: the furthest run within 1.5 times the box; dots: runs."
    )
    return Block(plots=[plot("transfer-gain", plots.boxes(groups, view.systems, unit), caption, table)])


def _size_group(size: int, bounds: Sequence[int], *, exact: bool) -> str:
    if exact:
        return f"{size:,}"
    for low, high in zip([0, *bounds], bounds, strict=False):
        if size < high:
            return f"{low:,}–{high:,}" if low else f"under {high:,}"
    return f"{bounds[-1]:,} and more"


def _quartiles(values: Sequence[float]) -> list[Cell]:
    figures = (min(values), median(values), max(values))
    gained = sum(value > 0 for value in values)
    return [*(Cell(f"{value:+.2f}".replace("-", "−")) for value in figures), Cell(f"{gained} of {len(values)}")]


def _mean_share(values: Sequence[float]) -> Cell:
    return Cell(f"{mean(values):+.1f}".replace("-", "−") if values else "–")


def time_section(runs: Sequence[Run], view: View, plot: Plotter) -> Section | None:
    """Return the development score against training time; systems that are trained in one step have no curve."""
    block = Block()
    for corpus, group in grouped(at_full_size(runs), lambda run: run.corpus).items():
        found = [(run, points) for run in group if len(points := run.convergence()) > 2]
        if not found:
            continue
        longest = max(points[-1]["seconds"] for _, points in found)
        unit, scale = ("minutes", 60) if longest > 240 else ("seconds", 1)
        lines, rows = [], []
        for system, pairs in grouped(found, lambda pair: system_of(pair[0])).items():
            run, points = _middle(pairs)
            x = [point["seconds"] / scale for point in points]
            y = [100 * point["score"] for point in points]
            lines.append(Line(system, view.systems[system], x, y))
            best = max(range(len(y)), key=y.__getitem__)
            near = next(i for i in range(len(y)) if y[i] >= 0.99 * y[best])
            cells = [Cell(decimals(y[best])), Cell(f"{x[best]:.1f}"), Cell(f"{x[near]:.1f}")]
            rows.append(Row(system, cells, view.where([run]), view.colour(system)))
        heads = [Column("system", numeric=False), Column("best score"), Column(f"after, {unit}")]
        heads.append(Column("99% of it after"))
        table = Table(heads, rows, f"Convergence on {corpus}")
        caption = (
            f"Score during training on {corpus}, on the development data or, without any, on some training documents; "
            "of several runs, the one with the median training time."
        )
        block.plots.append(plot(f"time-{corpus}", plots.convergence(lines, unit), caption, table))
    return Section("time", "Training time", [block]) if block.plots else None


def _middle(pairs: Sequence[tuple[Run, Any]]) -> tuple[Run, Any]:
    ordered = sorted(pairs, key=lambda pair: pair[1][-1]["seconds"])
    return ordered[(len(ordered) - 1) // 2]
