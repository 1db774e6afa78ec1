"""A page with the scores of all systems on all corpora, their training time, speed and size, and published scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from statistics import mean

from ..text_tables import counted, duration_text, escape_markdown, percent, size_text
from .folds import number_of_runs, over_folds
from .measured import Measured
from .report.published import Published
from .summary import grouped, interval

_HEADER = ("system", "F1", "P", "R", "runs", "training", "processor", "tokens/s", "size")
_TEXTS = ("differences", "source")
"""Columns of text, the last ones of a table of published figures."""
_MOST_TYPES = 8
"""Of a corpus with more types, only those with published figures are shown: all would be wider than a page."""


def scoreboard(rows: Sequence[Measured], published: Sequence[Published] = ()) -> str:
    """Return a Markdown page with one table per corpus, the best system first.

    F1 is exact-span micro F1 in percent: the mean over the runs of a system (seeds, or folds, each with the mean of its
    seeds) ± the standard deviation. Runs of different training sizes (points of a learning curve) have a row each, and
    so have the runs on a test part and each cross-validation with another number of folds: their means would be scores
    of nothing. If folds are missing, the number of runs says so.
    Training time, speed and size are means, too. A table of published scores of the corpus follows, with their source
    and what differs from the runs; then the F1 of each type, measured and published, if there are several. The page
    ends with the date of the latest run, the machines and the versions.
    """
    lines = [
        "# Scoreboard",
        "",
        "Scores are of exact spans, micro-averaged over the types, in percent: the mean over the runs ± the standard",
        "deviation. Training is timed by the clock and in processor time, which other programs on the machine hardly",
        "change. Speed is that of `nlp.pipe` over the test part, on the machines named at the end; 1 MB is a million",
        "bytes. A dash means that a value is not recorded.",
    ]
    if any(row.size is not None for row in rows):
        lines += [
            "",
            "A size is that of a learning curve's sample: training sentences, or words if a strategy chose them.",
        ]
    for corpus, group in grouped(rows, lambda row: row.corpus).items():
        systems = dict(sorted(_comparable(group).items(), key=lambda item: -_f1(item[1])))
        lines += ["", f"## {escape_markdown(corpus)}", "", *_table(_HEADER, _measured(systems))]
        given = [one for one in published if one.is_of(corpus) and one.f1 is not None]
        if together := [one for one in given if not one.type]:
            lines += ["", *_table(("published", "F1", "P", "R", *_TEXTS), _published(together), len(_TEXTS))]
        lines += _types(group, systems, [one for one in given if one.type])
    return "\n".join([*lines, "", "## Machines and versions", "", *_footer(rows), ""])


def _comparable(rows: Sequence[Measured]) -> dict[str, list[Measured]]:
    """Group the runs of a corpus by system, training size and kind of test, under names that tell them apart."""
    tests = len({row.fold is None for row in rows}) > 1
    designs = len({row.folds for row in rows if row.fold is not None}) > 1

    def name(row: Measured) -> str:
        size = "" if row.size is None else f", size {row.size:,}"
        if row.fold is None or not (tests or designs):
            return row.system + size
        return f"{row.system}{size}, cross-validation" + (f", {row.folds or 'unknown'} folds" if designs else "")

    return grouped(rows, name)


def _f1(rows: Iterable[Measured]) -> float:
    return mean(over_folds(rows, lambda row: row.f))


def _measured(systems: Mapping[str, Sequence[Measured]]) -> Iterator[tuple[str, ...]]:
    for name, rows in systems.items():
        f1 = interval(over_folds(rows, lambda row: row.f))
        yield (
            escape_markdown(name),
            percent(f1.mean) + ("" if f1.deviation is None else f" ± {percent(f1.deviation)}"),
            percent(mean(over_folds(rows, lambda row: row.p))),
            percent(mean(over_folds(rows, lambda row: row.r))),
            number_of_runs(rows),
            _shown(_mean(row.seconds for row in rows), duration_text),
            _shown(_mean(row.processor_seconds for row in rows), duration_text),
            _shown(_mean(row.speed for row in rows), "{:,.0f}".format),
            _shown(_mean(row.pipeline_bytes for row in rows), size_text),
        )


def _published(figures: Iterable[Published]) -> Iterator[tuple[str, ...]]:
    for one in sorted(figures, key=lambda one: -(one.f1 or 0)):
        numbers = (_shown(value, "{:.2f}".format) for value in (one.f1, one.p, one.r))
        yield escape_markdown(one.system), *numbers, *_texts(one)


def _texts(one: Published) -> tuple[str, ...]:
    return tuple(escape_markdown(text or "-") for text in (one.differs, one.source))


def _types(
    rows: Sequence[Measured], systems: Mapping[str, Sequence[Measured]], published: Sequence[Published]
) -> Iterator[str]:
    """Yield the lines of two tables of F1 by type, measured and published; none if there is nothing to tell apart."""
    measured = list(dict.fromkeys(label for row in rows for label in row.types))
    types = list(dict.fromkeys([*(measured if len(measured) <= _MOST_TYPES else []), *(one.type for one in published)]))
    heads = tuple(map(escape_markdown, types))
    if len(types) > 1 or published:
        yield from ("", *_table(("F1 by type", *heads), _by_type(systems, types)))
    if published:
        header = ("published F1 by type", *heads, *_TEXTS)
        yield from ("", *_table(header, _published_by_type(published, types), len(_TEXTS)))


def _by_type(systems: Mapping[str, Sequence[Measured]], types: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, rows in systems.items():
        means = (_mean(over_folds(rows, partial(_f1_of_type, label=label))) for label in types)
        yield escape_markdown(name), *map(percent, means)


def _f1_of_type(row: Measured, label: str) -> float | None:
    return row.types.get(label)


def _published_by_type(figures: Sequence[Published], types: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a row for the figures of a system that have one source and differ in the same."""
    for some in grouped(figures, lambda one: (one.system, one.differs, one.source)).values():
        of_type = {one.type: one.f1 for one in some}
        numbers = (_shown(of_type.get(label), "{:.2f}".format) for label in types)
        yield escape_markdown(some[0].system), *numbers, *_texts(some[0])


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def _shown(value: float | None, text: Callable[[float], str]) -> str:
    return "-" if value is None else text(value)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 0) -> Iterator[str]:
    """Yield the lines of a table. texts: the number of its last columns that are no numbers."""
    yield f"| {' | '.join(header)} |"
    yield "|---" + "|--:" * (len(header) - 1 - texts) + "|---" * texts + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _footer(rows: Sequence[Measured]) -> Iterator[str]:
    latest = max((row.finished for row in rows), default="")
    yield f"Latest run: {latest[:10] or date.today().isoformat()}."
    yield ""
    for machine, some in grouped(rows, lambda row: row.machine or "a machine that the run does not name").items():
        versions = grouped(some, lambda row: ", ".join(f"{name} {value}" for name, value in row.versions.items()))
        yield from (f"- {machine}, {counted(len(group), 'run')}: {names}" for names, group in versions.items())
