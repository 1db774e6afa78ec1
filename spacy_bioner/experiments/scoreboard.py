"""A page of all systems on all corpora: scores, training time, speed and size, with published figures beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from statistics import mean

from ..text_tables import percent
from .report.published import Published
from .runs import Run
from .summary import grouped, interval, system_of

_UNITS = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))
_HEADER = ("system", "F1", "P", "R", "runs", "training", "tokens/s", "size")


def scoreboard(runs: Sequence[Run], published: Sequence[Published] = ()) -> str:
    """Return a Markdown page with one table per corpus, the best system first.

    F1 is exact-span micro F1 in percent: the mean over the runs of a system, which are seeds or folds, ± their standard
    deviation. Training time, speed and size are means, too. Published figures of the corpus follow, in italics. The
    page ends with the date of the latest run, the machines and the versions.
    """
    lines = [
        "# Scoreboard",
        "",
        "Exact spans, micro-averaged over the types, in percent: mean over the runs ± standard deviation. Each run is",
        "scored once on the test part; nothing is chosen on it. Speed is that of `nlp.pipe` over the test part, on the",
        "machines named below.",
    ]
    for corpus, group in grouped(runs, lambda run: run.corpus).items():
        lines += ["", f"## {corpus}", "", *_table(_HEADER, _rows(group, [p for p in published if p.corpus == corpus]))]
    return "\n".join([*lines, "", "## Machines and versions", "", *_footer(runs), ""])


def _rows(runs: Iterable[Run], published: Iterable[Published]) -> Iterator[tuple[str, ...]]:
    systems = grouped(runs, system_of)
    figures = {name: {k: interval([run.scores[k] for run in some]) for k in "prf"} for name, some in systems.items()}
    for name, row in sorted(figures.items(), key=lambda item: -item[1]["f"].mean):
        some = systems[name]
        deviation = row["f"].deviation
        spread = "" if deviation is None else f" ± {percent(deviation)}"
        yield (
            name,
            percent(row["f"].mean) + spread,
            percent(row["p"].mean),
            percent(row["r"].mean),
            str(len(some)),
            _duration(_mean(run.seconds for run in some)),
            _number(_mean(run.metrics.get("speed") for run in some)),
            _size(_mean(run.pipeline_bytes for run in some)),
        )
    for one in sorted(published, key=lambda one: -(one.f1 or 0)):
        if one.f1 is not None:
            cells = ("-" if value is None else f"{value:.2f}" for value in (one.f1, one.p, one.r))
            source = f" ({one.source})" if one.source else ""
            yield (f"*{one.system}{source}*", *cells, "", "", "", "")


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
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _footer(runs: Sequence[Run]) -> Iterator[str]:
    latest = max((run.finished for run in runs), default="")
    yield f"Latest run: {latest[:10] or date.today().isoformat()}. Training times are by the clock."
    yield ""
    for machine, some in grouped(runs, lambda run: run.machine or "a machine that the run does not name").items():
        versions = grouped(some, lambda run: ", ".join(f"{name} {value}" for name, value in run.versions.items()))
        yield from (f"- {machine}, {len(group)} runs: {names}" for names, group in versions.items())
