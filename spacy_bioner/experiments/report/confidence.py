"""Section on entity scores: precision-recall curve and calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..analysis.confidence import (
    BINS,
    ScoredEntities,
    average_precision,
    expected_calibration_error,
    precision_recall,
    reliability,
    scored_entities,
)
from ..runs import Run
from ..summary import grouped, system_of
from . import plots
from .groups import View, at_full_size
from .layout import Block, Cell, Column, Row, Section, Table, mark_best
from .plots import Line
from .scores import decimals
from .sections import Plotter

MOST_POINTS = 300
"""Maximum number of points of a curve."""


def confidence_section(runs: Sequence[Run], view: View, plot: Plotter) -> Section | None:
    """Return precision against recall and calibration of every system whose entities have scores, at full size."""
    blocks = []
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    for corpus, group in corpora.items():
        pooled = {system: scored_entities(some) for system, some in grouped(group, system_of).items()}
        pooled = {system: some for system, some in pooled.items() if some.entities and some.gold}
        if pooled:
            curves = [_curve(some, system, view) for system, some in pooled.items()]
            bins = [_bins(some, system, view) for system, some in pooled.items()]
            first = f"Precision against recall on {corpus}, as the threshold on the scores falls; all runs together."
            second = (
                f"Reliability diagram on {corpus}: mean score against the share of correct {runs[0].task}, in {BINS} "
                "bins. Perfectly calibrated scores lie on the dotted line."
            )
            shown = [
                plot(f"precision-recall-{corpus}", plots.precision_recall(curves), first),
                plot(f"calibration-{corpus}", plots.calibration(bins), second),
            ]
            heading = f"On {corpus}" if len(corpora) > 1 else ""
            blocks.append(Block(heading, tables=[_table(corpus, pooled, view)], plots=shown))
    text = f"Only {runs[0].task} above a system's own threshold are in its predictions, and only these are counted."
    return Section("confidence", "Confidence", blocks, text) if blocks else None


def _curve(some: ScoredEntities, system: str, view: View) -> Line:
    points = precision_recall(some.entities, some.gold)
    kept = [points[i] for i in np.unique(np.linspace(0, len(points) - 1, MOST_POINTS).astype(int))]
    recall, precision = [100 * recall for *_, recall in kept], [100 * precision for _, precision, _ in kept]
    return Line(system, view.systems[system], recall, precision)


def _bins(some: ScoredEntities, system: str, view: View) -> Line:
    bins = reliability(some.entities)
    return Line(system, view.systems[system], [each.score for each in bins], [each.right for each in bins])


def _table(corpus: str, pooled: Mapping[str, ScoredEntities], view: View) -> Table:
    rows, areas = [], []
    for system, some in pooled.items():
        area = 100 * average_precision(precision_recall(some.entities, some.gold))
        error = 100 * expected_calibration_error(reliability(some.entities))
        cells = [
            Cell(decimals(area)),
            Cell(decimals(error)),
            Cell(f"{len(some.entities):,}"),
            Cell(f"{some.unscored:,}"),
        ]
        areas.append((cells[0], area))
        rows.append(Row(system, cells, "", view.colour(system)))
    mark_best(areas)
    heads = [Column("system", numeric=False), Column("area", "average precision, in percent")]
    heads += [Column("calibration error", "expected calibration error, in points: lower is better")]
    heads += [Column("scored", "number with a score"), Column("unscored", "number without a score, left out")]
    return Table(heads, rows, f"Confidence on {corpus}", "Area: average precision; unreached recall adds nothing.")
