"""A page with the scores of all systems on all corpora, their training time, speed and size, and published scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from statistics import mean

from ..text_tables import counted, escape_markdown, percent
from .measured import Measured
from .report.published import Published
from .summary import grouped, interval

_UNITS = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))
_HEADER = ("system", "F1", "P", "R", "runs", "training", "tokens/s", "size")
_MOST_TYPES = 8
"""A corpus with more types gets no table of F1 by type: it would be wider than a page."""


def scoreboard(rows: Sequence[Measured], published: Sequence[Published] = ()) -> str:
    """Return a Markdown page with one table per corpus, the best system first.

    F1 is exact-span micro F1 in percent: the mean over the runs of a system (seeds or folds) ± the standard deviation.
    Runs of different training sizes (points of a learning curve) have a row each, and so have the folds of a
    cross-validation and the runs on a test part: their means would be scores of nothing.
    Training time, speed and size are means, too. Published scores of the corpus follow in italics, then the F1 of each
    type if the corpus has several. The page ends with the date of the latest run, the machines and the versions.
    """
    lines = [
        "# Scoreboard",
        "",
        "Scores are of exact spans, micro-averaged over the types, in percent: the mean over the runs ± the standard",
        "deviation. Each run was scored once on the test part, on which nothing was tuned. Speed is that of `nlp.pipe`",
        "over the test part, on the machines named at the end. A dash means that a value was not measured; times are",
        "left out where other programs used the machine.",
    ]
    if any(row.size is not None for row in rows):
        lines += [
            "",
            "A size is that of a learning curve's sample: training sentences, or words if a strategy chose them.",
        ]
    for corpus, group in grouped(rows, lambda row: row.corpus).items():
        systems = dict(sorted(_comparable(group).items(), key=lambda item: -_f1(item[1])))
        given = [one for one in published if one.corpus == corpus]
        lines += ["", f"## {escape_markdown(corpus)}", "", *_table(_HEADER, [*_measured(systems), *_published(given)])]
        types = list(dict.fromkeys(label for row in group for label in row.types))
        if 1 < len(types) <= _MOST_TYPES:
            lines += ["", *_table(("F1 by type", *map(escape_markdown, types)), _by_type(systems, types))]
    return "\n".join([*lines, "", "## Machines and versions", "", *_footer(rows), ""])


def _comparable(rows: Sequence[Measured]) -> dict[str, list[Measured]]:
    """Group the runs of a corpus by system, training size and kind of test, under names that tell them apart."""
    folds = len({row.fold is None for row in rows}) > 1

    def name(row: Measured) -> str:
        size = "" if row.size is None else f", size {row.size:,}"
        return row.system + size + (", cross-validation" if folds and row.fold is not None else "")

    return grouped(rows, name)


def _f1(rows: Iterable[Measured]) -> float:
    return mean(row.f for row in rows)


def _measured(systems: Mapping[str, Sequence[Measured]]) -> Iterator[tuple[str, ...]]:
    for name, rows in systems.items():
        f1 = interval([row.f for row in rows])
        yield (
            escape_markdown(name),
            percent(f1.mean) + ("" if f1.deviation is None else f" ± {percent(f1.deviation)}"),
            percent(mean(row.p for row in rows)),
            percent(mean(row.r for row in rows)),
            str(len(rows)),
            _duration(_mean(row.seconds for row in rows)),
            _number(_mean(row.speed for row in rows)),
            _size(_mean(row.pipeline_bytes for row in rows)),
        )


def _published(figures: Iterable[Published]) -> Iterator[tuple[str, ...]]:
    for one in sorted(figures, key=lambda one: -(one.f1 or 0)):
        if one.f1 is not None:
            cells = ("-" if value is None else f"{value:.2f}" for value in (one.f1, one.p, one.r))
            source = f" ({one.source})" if one.source else ""
            yield (f"*{escape_markdown(one.system + source)}*", *cells, "", "", "", "")


def _by_type(systems: Mapping[str, Sequence[Measured]], types: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, rows in systems.items():
        means = (_mean(row.types.get(label) for row in rows) for label in types)
        yield escape_markdown(name), *("-" if value is None else percent(value) for value in means)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _size(size: float | None) -> str:
    if size is None:
        return "-"
    unit, name = next((pair for pair in _UNITS if size >= pair[0]), (1, "B"))
    return f"{size / unit:.1f} {name}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|---" + "|--:" * (len(header) - 1) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _footer(rows: Sequence[Measured]) -> Iterator[str]:
    latest = max((row.finished for row in rows), default="")
    yield f"Latest run: {latest[:10] or date.today().isoformat()}. Training times are by the clock."
    yield ""
    for machine, some in grouped(rows, lambda row: row.machine or "a machine that the run does not name").items():
        versions = grouped(some, lambda row: ", ".join(f"{name} {value}" for name, value in row.versions.items()))
        yield from (f"- {machine}, {counted(len(group), 'run')}: {names}" for names, group in versions.items())
