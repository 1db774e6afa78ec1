"""The savings of a strategy: the words that must be annotated to reach a share of the score with all data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp, log
from typing import Any

from ...text_tables import aligned, percent
from ..runs import Run
from ..summary import SD, Interval, grouped, interval

SHARES = (0.90, 0.95, 0.99)
RANDOM = "random"

Points = Mapping[int, float]
"""F1 by number of words."""


def words_for(points: Points, goal: float) -> float | None:
    """Return the number of words from which on F1 is at least ``goal``; None if it is not reached.

    Between two sizes F1 is interpolated linearly in the logarithm of the words, as learning curves are nearly linear in
    it.
    """
    sizes = sorted(points)
    if points[sizes[-1]] < goal:
        return None
    # From the largest size down, so that the last crossing counts: a small sample may reach the goal by chance.
    for small, large in reversed(list(pairwise(sizes))):
        if points[small] < goal:
            share = (goal - points[small]) / (points[large] - points[small])
            return exp(log(small) + share * (log(large) - log(small)))
    return float(sizes[0])


def savings(runs: Sequence[Run], strategies: Sequence[str], full: str) -> dict[str, Any]:
    """Return, by system and strategy, F1 by words, the words for shares of the full score, and these relative to
    random.

    A system from a source is one of its own ("crf from silver"), but its goal is the full score from scratch, and its
    words are relative to random selection from scratch, so that they show what source and strategy save together.

    runs: the runs of ``trials.selected``. full: the strategy name of the runs with all data. The words are computed for
    each seed, with a share of the mean full score as the goal; mean, deviation and values are returned, or None if a
    seed does not reach the goal.
    """
    result: dict[str, Any] = {}
    curves = grouped(runs, lambda run: (*_parts(run.system, [*strategies, full]), run.source))
    for system, source in dict.fromkeys((name, source) for name, _, source in curves):
        whole = curves[system, full, None]
        top = interval([run.scores["f"] for run in whole])
        total = whole[0].size or 0
        end = {total: top.mean} if source is None else {}
        figures = {strategy: _figures(curves[system, strategy, source], end, top.mean) for strategy in strategies}
        name = system if source is None else f"{system} from {source}"
        result[name] = {"words": total, "full": top.to_dict(), "strategies": figures}
        if RANDOM in figures:
            # From scratch every goal is reached, since all data is the end of the curve. These runs come first.
            scratch = result[system]["strategies"][RANDOM]["words"]
            for values in figures.values():
                values["of_random"] = {
                    share: one and one["mean"] / scratch[share]["mean"] for share, one in values["words"].items()
                }
    return result


def _figures(runs: Sequence[Run], end: Points, full: float) -> dict[str, Any]:
    """Return F1 by words and the words for the shares of ``full``. end: the last point of each seed's curve."""
    seeds = grouped(runs, lambda run: run.seed).values()
    curves = [{**{run.size or 0: run.scores["f"] for run in own}, **end} for own in seeds]
    needed = {share: [words_for(curve, share * full) for curve in curves] for share in SHARES}
    return {
        "f1": {str(size): interval([curve[size] for curve in curves]).to_dict() for size in sorted(curves[0])},
        "words": {
            f"{share:.0%}": None if None in values else interval([value or 0 for value in values]).to_dict()
            for share, values in needed.items()
        },
    }


def _parts(system: str, strategies: Sequence[str]) -> tuple[str, str]:
    """Return the system and the strategy of a run's name."""
    strategy = next(one for one in strategies if system.endswith(f"-{one}"))
    return system.removesuffix(f"-{strategy}"), strategy


def savings_text(figures: Mapping[str, Any]) -> str:
    """Return ``savings`` as tables: F1 by words, and the words needed, with deviation and percentage of random's."""
    parts = []
    for system, own in figures.items():
        strategies = own["strategies"]
        sizes = list(next(iter(strategies.values()))["f1"])
        rows = [[f"{int(size):,}", *(_score(one["f1"][size]) for one in strategies.values())] for size in sizes]
        parts.append(aligned((f"{system}, words: F1 {SD}", *strategies), rows))
        needed = [
            [f"{share} of full", *(_words(one, share) for one in strategies.values())]
            for share in next(iter(strategies.values()))["words"]
        ]
        parts.append(aligned((f"words {SD} for", *strategies), needed))
    return "\n".join(parts)


def _score(value: Mapping[str, Any]) -> str:
    return str(Interval(value["mean"], value["sd"], value["sd"], ()))


def _words(one: Mapping[str, Any], share: str) -> str:
    value = one["words"][share]
    if value is None:
        return "not reached"
    spread = "" if value["sd"] is None else f" ± {value['sd']:,.0f}"
    part = f" ({percent(one['of_random'][share])}%)" if "of_random" in one else ""
    return f"{value['mean']:,.0f}{spread}{part}"
