"""The plots of a report: functions from plain values to a matplotlib figure.

Colours are those of Okabe & Ito (2008), which colour-blind readers can distinguish; each also has a marker or a line
style. matplotlib's global state is not changed: figures are made without pyplot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

from ...errors import require

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7a7a")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))

INK, MUTED, RULE = "#1c1c1e", "#6b6b70", "#dcdce0"
"""Colours of text and axes, of secondary elements, and of the grid."""

WIDTH, HEIGHT = 4.4, 3.1
"""Inches; text of 9 points is still legible when the plot is scaled to the width of a phone."""

SETTINGS = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "svg.fonttype": "none",
    "svg.hashsalt": "spacy-bioner",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot: points in the order of ``x``, and the lower and upper ends of their spread, if any.

    style: the index of a colour, marker and dash, the same in the whole report.
    """

    label: str
    style: int
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def _in_style(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a plotting function to use SETTINGS. The function raises B900 if matplotlib is not installed."""

    @wraps(function)
    def plot(*args: Any, **kwargs: Any) -> Any:
        matplotlib = require("matplotlib", extra="report")
        with matplotlib.rc_context():
            # The defaults first, because the user's own matplotlibrc must not change the report.
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(SETTINGS)
            return function(*args, **kwargs)

    return plot


def _axes(height: float = HEIGHT) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.grid(True)
    return figure, axes


def _look(style: int) -> dict[str, Any]:
    return {
        "color": COLOURS[style % len(COLOURS)],
        "marker": MARKERS[style % len(MARKERS)],
        "linestyle": DASHES[style // len(COLOURS) % len(DASHES)],
    }


def _legend(figure: Any, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put the legend above the axes, in as many columns as fit; the figure grows by its rows."""
    if len(labels) > 1:
        longest = max(map(len, labels))
        columns = max(1, min(len(labels), 58 // (longest + 6)))
        figure.set_figheight(figure.get_figheight() + 0.17 * (-(-len(labels) // columns) - 1))
        figure.legend(handles, labels, loc="outside upper left", ncols=columns, fontsize=8.5, columnspacing=1.4)


def _draw(figure: Any, axes: Any, lines: Sequence[Line], *, markers: bool = True) -> None:
    handles = []
    for line in lines:
        look = _look(line.style)
        if (not markers and len(line.x) > 1) or len(line.x) > 60:
            look.update(marker="", linestyle=DASHES[line.style % len(DASHES)])
        if line.low and line.high and len(line.x) > 1:
            axes.fill_between(line.x, line.low, line.high, color=look["color"], alpha=0.16, linewidth=0)
        elif line.low and line.high:
            spread = [[line.y[0] - line.low[0]], [line.high[0] - line.y[0]]]
            axes.errorbar(line.x, line.y, spread, color=look["color"], capsize=2.5, linewidth=1)
        handles += axes.plot(line.x, line.y, **look)
    _legend(figure, handles, [line.label for line in lines])


@_in_style
def learning_curves(lines: Sequence[Line], unit: str = "training sentences") -> Any:
    """Plot F1 (percent) against the size of the training data, with the spread over runs as a band."""
    figure, axes = _axes()
    _draw(figure, axes, lines)
    axes.set_xlabel(unit)
    axes.set_ylabel("F1 (%)")
    sizes = sorted({x for line in lines for x in line.x})
    sizes = [size for size in sizes if size > 0]
    if len(sizes) > 2 and sizes[-1] / sizes[0] > 30:
        from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator

        ticks = LogLocator(subs=(1, 2, 5))
        if any(0 in line.x for line in lines):  # the zero-shot score: a logarithmic axis has no 0
            axes.set_xscale("symlog", linthresh=sizes[0], linscale=0.5)
            axes.set_xlim(left=-0.1 * sizes[0])
            values = ticks.tick_values(sizes[0], sizes[-1])
            axes.xaxis.set_major_locator(FixedLocator([0, *(x for x in values if sizes[0] <= x <= sizes[-1])]))
        else:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(ticks)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.minorticks_off()
    else:
        axes.set_xlim(left=0)
    return figure


@_in_style
def costs(values: Mapping[str, Mapping[str, tuple[float, float]]], styles: Mapping[str, int], unit: str) -> Any:
    """Plot F1 (percent) against a cost, on a logarithmic axis; a thin line joins the systems of a corpus.

    values: corpus -> system -> cost and F1. styles: of the systems. unit: of the cost.
    """
    from matplotlib.ticker import FuncFormatter

    figure, axes = _axes()
    handles: dict[str, Any] = {}
    for corpus, found in values.items():
        points = sorted(found.values())
        axes.plot(*zip(*points, strict=True), color=MUTED, linewidth=0.8)
        axes.annotate(corpus, points[0], xytext=(7, -3), textcoords="offset points", va="top", fontsize=8.5)
        for system, (cost, f1) in found.items():
            handles[system] = axes.plot([cost], [f1], **{**_look(styles[system]), "linestyle": ""}, markersize=6)[0]
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.margins(x=0.08, y=0.1)
    axes.set_xlabel(unit)
    axes.set_ylabel("F1 (%)")
    _legend(figure, list(handles.values()), list(handles))
    return figure


@_in_style
def convergence(lines: Sequence[Line], unit: Literal["seconds", "minutes"]) -> Any:
    """Plot the development score (percent) against the training time."""
    figure, axes = _axes()
    _draw(figure, axes, lines)
    axes.set_xlabel(f"{unit} of training")
    axes.set_ylabel("score while training (%)")
    axes.set_xlim(left=0)
    return figure


@_in_style
def precision_recall(lines: Sequence[Line]) -> Any:
    """Plot precision against recall (percent) as the threshold on the entities' scores falls."""
    figure, axes = _axes()
    _draw(figure, axes, lines, markers=False)
    axes.set(xlabel="recall (%)", ylabel="precision (%)", xlim=(0, 100), ylim=(0, 102))
    return figure


@_in_style
def calibration(lines: Sequence[Line]) -> Any:
    """Plot accuracy against the mean score of entities (reliability diagram), both from 0 to 1."""
    figure, axes = _axes()
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    _draw(figure, axes, lines)
    axes.set(xlabel="mean score", ylabel="share of correct ones", xlim=(0, 1), ylim=(0, 1.02))
    return figure


@_in_style
def boxes(
    groups: Mapping[str, Mapping[str, Sequence[float]]], styles: Mapping[str, int], unit: str = "sentences"
) -> Any:
    """Plot boxes of the gain in F1 (points) for each system, by group of corpus size; every run is a dot.

    groups: group -> system -> gains, in the order to show. styles: of the systems. unit: of the size.
    """
    systems = list(dict.fromkeys(system for gains in groups.values() for system in gains))
    figure, axes = _axes()
    axes.grid(False, axis="x")
    axes.axhline(0, color=MUTED, linewidth=0.9)
    step = 0.8 / max(1, len(systems))
    handles: dict[str, Any] = {}
    for place, gains in enumerate(groups.values()):
        for i, system in enumerate(systems):
            values = list(gains.get(system, ()))
            if not values:
                continue
            colour = COLOURS[styles[system] % len(COLOURS)]
            at = place + (i - (len(systems) - 1) / 2) * step
            drawn = axes.boxplot(
                [values],
                positions=[at],
                widths=step * 0.7,
                showfliers=False,
                patch_artist=True,
                boxprops={"facecolor": (colour, 0.18), "edgecolor": colour, "linewidth": 1},
                medianprops={"color": colour, "linewidth": 1.8},
                whiskerprops={"color": colour, "linewidth": 1},
                capprops={"color": colour, "linewidth": 1},
                manage_ticks=False,
            )
            # Dots of equal values would hide each other: they are spread sideways over five positions.
            spread = [at + step * 0.22 * ((k % 5) - 2) / 2 for k in range(len(values))] if len(values) > 1 else [at]
            look = {"color": colour, "marker": MARKERS[styles[system] % len(MARKERS)]}
            axes.plot(spread, values, linestyle="", markersize=3, markeredgewidth=0, alpha=0.75, **look)
            handles.setdefault(system, drawn["boxes"][0])
    axes.set_xticks(range(len(groups)), [f"{name}\n(n = {_pairs(gains)})" for name, gains in groups.items()])
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_xlabel(f"training {unit} of the target corpus")
    axes.set_ylabel("gain in F1 (points)")
    _legend(figure, list(handles.values()), list(handles))
    return figure


def _pairs(gains: Mapping[str, Sequence[float]]) -> int:
    return sum(map(len, gains.values()))


@_in_style
def bars(values: Mapping[str, Mapping[str, tuple[float, float, float]]], styles: Mapping[str, int]) -> Any:
    """Plot a bar of F1 for each system in each group (an entity type), with its spread.

    values: group -> system -> value and the lower and upper ends of its spread.
    """
    systems = list(dict.fromkeys(system for group in values.values() for system in group))
    thick = 0.8 / max(1, len(systems))
    figure, axes = _axes(height=max(1.6, 0.75 + len(values) * (0.17 * len(systems) + 0.14)))
    axes.grid(False, axis="y")
    handles: dict[str, Any] = {}
    for place, group in enumerate(values.values()):
        for i, system in enumerate(systems):
            if system not in group:
                continue
            value, low, high = group[system]
            low, high = max(low, 0.0), min(high, 100.0)  # an interval by Student's t may go beyond
            at = place + (i - (len(systems) - 1) / 2) * thick
            bar = axes.barh(at, value, height=thick * 0.86, color=COLOURS[styles[system] % len(COLOURS)])
            handles.setdefault(system, bar)
            if high > low:
                axes.errorbar(value, at, xerr=[[value - low], [high - value]], color=INK, capsize=2, linewidth=0.9)
            axes.annotate(
                f"{value:.1f}",
                (max(value, high), at),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
    axes.set_yticks(range(len(values)), list(values))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlim(0, 108)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel("F1 (%)")
    _legend(figure, list(handles.values()), list(handles))
    return figure


@_in_style
def dots(values: Mapping[str, Mapping[str, Sequence[float]]], styles: Mapping[str, int]) -> Any:
    """Plot a dot for every run, in a row for each system of each group: for scores too close for ``bars``, from 0 on.

    values: group -> system -> F1 (percent) of its runs. Beside the dots stands their mean.
    """
    rows = [(group, system) for group, some in values.items() for system in some]
    figure, axes = _axes(height=0.75 + 0.3 * len(rows) + 0.2 * len(values))
    axes.grid(False, axis="y")
    handles: dict[str, Any] = {}
    places: dict[str, list[float]] = {}
    for i, (group, system) in enumerate(rows):
        own = places.setdefault(group, [])
        at = i + 0.7 * len(places)  # a gap between groups
        own.append(at)
        found = values[group][system]
        look = {**_look(styles[system]), "linestyle": ""}
        handles[system] = axes.plot(found, [at] * len(found), markersize=5, alpha=0.8, **look)[0]
        mean = sum(found) / len(found)
        where = {"textcoords": "offset points", "va": "center", "fontsize": 8}
        axes.annotate(f"{mean:.1f}", (max(found), at), xytext=(7, 0), **where)
    axes.set_yticks([sum(some) / len(some) for some in places.values()], list(places))
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.margins(x=0.15, y=0.12)
    axes.set_xlabel("F1 (%)")
    _legend(figure, list(handles.values()), list(handles))
    return figure
