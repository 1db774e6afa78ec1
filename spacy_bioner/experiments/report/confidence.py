"""How far the scores of entities can be trusted: precision against recall, and calibration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..runs import Run
from . import plots
from .groups import View, at_full_size, by, name_of
from .layout import Block, Cell, Column, Row, Section, Table, mark_best
from .plots import Line
from .scores import percent
from .sections import Plotter

BINS = 10
"""Scores from 0 to 1 are sorted into so many bins of one width (Guo et al. 2017, "On Calibration of Modern Neural
Networks", section 2)."""

MOST_POINTS = 300
"""A curve is drawn through so many of its points."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The entities found that have a score, the best first: their scores, whether they are right, and all gold."""

    scores: np.ndarray
    right: np.ndarray
    gold: int

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Return recall and precision at each distinct score, as the threshold falls to it."""
        last = np.append(np.flatnonzero(np.diff(self.scores)), len(self.scores) - 1)
        tp = np.cumsum(self.right)[last]
        return tp / max(1, self.gold), tp / (last + 1)

    def area(self) -> float:
        """Return the average precision: the area below the curve as steps; recall that is not reached adds none."""
        recall, precision = self.curve()
        return float(np.sum(np.diff(recall, prepend=0.0) * precision))

    def bins(self) -> list[tuple[float, float, int]]:
        """Return mean score, share that is right and number of entities of each bin that has any."""
        at = np.minimum((self.scores * BINS).astype(int), BINS - 1)
        inside = [at == i for i in range(BINS)]
        return [(float(self.scores[i].mean()), float(self.right[i].mean()), int(i.sum())) for i in inside if i.any()]

    def calibration_error(self) -> float:
        """Return the expected calibration error: how far scores and shares lie apart, weighted by the entities."""
        return sum(n * abs(score - share) for score, share, n in self.bins()) / max(1, len(self.scores))


def scored(runs: Iterable[Run]) -> Scored:
    """Return the scored entities of runs, together. Spans are compared as in ``scoring``."""
    found: list[tuple[float, bool]] = []
    gold = 0
    for run in runs:
        for truth, guess in run.pairs():
            keys = {(m.start, m.end, m.label, m.fragments) for m in truth.mentions}
            gold += len(keys)
            scores = guess.meta.get("scores") or [None] * len(guess.mentions)
            best: dict[tuple, float] = {}
            for mention, score in zip(guess.mentions, scores, strict=True):
                if score is not None:
                    best.setdefault((mention.start, mention.end, mention.label, mention.fragments), score)
            found += [(score, key in keys) for key, score in best.items()]
    found.sort(key=lambda pair: -pair[0])
    return Scored(np.array([s for s, _ in found]), np.array([right for _, right in found], dtype=float), gold)


def confidence_section(runs: Sequence[Run], view: View, plot: Plotter) -> Section | None:
    """Return precision against recall and calibration of every system whose entities have scores, at full size."""
    blocks = []
    corpora = by(at_full_size(runs), lambda run: run.corpus)
    for corpus, group in corpora.items():
        systems = {name: scored(some) for name, some in by(group, name_of).items()}
        systems = {name: some for name, some in systems.items() if len(some.scores)}
        if systems:
            curves = [_curve(name, some, view) for name, some in systems.items()]
            bins = [_reliability(name, some, view) for name, some in systems.items()]
            shown = [
                plot(
                    f"precision-recall-{corpus}",
                    plots.precision_recall(curves),
                    f"Precision against recall on {corpus}, as the threshold on the scores falls; all runs together.",
                ),
                plot(
                    f"calibration-{corpus}",
                    plots.calibration(bins),
                    f"Scores on {corpus} and the share of the entities that is right, in {BINS} bins. On the dotted "
                    "line a score is a probability.",
                ),
            ]
            heading = f"On {corpus}" if len(corpora) > 1 else ""
            blocks.append(Block(heading, tables=[_table(corpus, systems, view)], plots=shown))
    text = "Of the entities that a system reports; those below its own threshold are not in its predictions."
    return Section("confidence", "Confidence", blocks, text) if blocks else None


def _curve(name: str, some: Scored, view: View) -> Line:
    recall, precision = some.curve()
    kept = np.unique(np.linspace(0, len(recall) - 1, MOST_POINTS).astype(int))
    return Line(name, view.systems[name], (100 * recall[kept]).tolist(), (100 * precision[kept]).tolist())


def _reliability(name: str, some: Scored, view: View) -> Line:
    bins = some.bins()
    return Line(name, view.systems[name], [score for score, _, _ in bins], [share for _, share, _ in bins])


def _table(corpus: str, systems: dict[str, Scored], view: View) -> Table:
    rows, areas = [], []
    for name, some in systems.items():
        area = Cell(percent(100 * some.area()))
        areas.append((area, 100 * some.area()))
        cells = [area, Cell(percent(100 * some.calibration_error())), Cell(f"{len(some.scores):,}")]
        rows.append(Row(name, cells, "", view.colour(name)))
    mark_best(areas)
    heads = [Column("system", numeric=False), Column("area", "average precision, in percent")]
    heads += [Column("calibration error", "expected calibration error, in points"), Column("entities")]
    return Table(heads, rows, f"Confidence on {corpus}", "Area: average precision. The error is best where it is low.")
