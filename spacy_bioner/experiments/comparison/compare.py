"""All figures of a comparison of systems, as values and as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from ...pipeline.merging import calibration
from ...pipeline.relations.scorer import scores_of
from ...text_tables import aligned, percent
from ..analysis import breakdown, confidence, relation_errors
from ..analysis.answer_errors import answers_by_kind, answers_of
from ..analysis.differences import pair_figures
from ..analysis.independence import units_text
from ..analysis.pairing import Paired, name_systems, pair_runs
from ..analysis.significance import TRIALS, bootstrap, f1
from ..answer_summary import MEASURES, answer_intervals
from ..folds import check_designs, check_tests, over_folds, told_missing
from ..runs import Run, Task, by_task, read_runs
from ..summary import CI, interval

Figures = dict[str, Any]


def compare_runs(paths: Sequence[Path], trials: int = TRIALS, seed: int = 0, temperature: bool = False) -> Figures:
    """Return the figures of all systems whose runs are in these folders, as plain values.

    temperature: add the calibration after temperature scaling, fitted on the runs' development parts.
    The figures are those of entities; ``relations`` and ``answers`` have those of the runs with these: see ``by_task``.
    Means are over folds, each with the mean of its seeds. Raises B845, B853, and the errors of reading and
    pairing runs.
    """
    groups = [(str(path), by_task(read_runs([path]))) for path in paths]
    figures: Figures = {}
    for task in dict.fromkeys(task for _, tasks in groups for task in tasks):
        named = name_systems([(place, tasks.get(task, [])) for place, tasks in groups])
        check_designs(named)
        check_tests(named)
        paired = pair_runs(named)
        found = _figures(paired, _OF_SYSTEM[task], trials, seed, temperature)
        figures = {**figures, **found} if task == "entities" else {**figures, task: found}
    return figures


def _figures(paired: Paired, of_system: Callable[..., Figures], trials: int, seed: int, temperature: bool) -> Figures:
    return {
        "runs": {system: [str(run.path) for run in runs.values()] for system, runs in paired.runs.items()},
        "left_out": paired.left_out,
        "independent": paired.independent.to_dict(),
        "missing_folds": told_missing({system: runs.values() for system, runs in paired.runs.items()}),
        "systems": {system: of_system(paired, system, trials, seed, temperature) for system in paired.systems},
        "pairs": [pair_figures(paired, one, other, trials, seed) for one, other in combinations(paired.systems, 2)],
        "overlap": {
            outcome: [{"systems": list(systems), "spans": count} for systems, count in regions.items()]
            for outcome, regions in breakdown.overlaps_of(paired).items()
        },
    }


def _system(paired: Paired, system: str, trials: int, seed: int, temperature: bool) -> Figures:
    return {
        **_micro(paired, system, trials, seed),
        "recall": _shares(breakdown.seen_and_unseen(paired, system)),
        "recall_by_frequency": _shares(breakdown.by_frequency(paired, system)),
        "recall_by_length": _shares(breakdown.by_length(paired, system)),
        "errors": breakdown.errors_by_kind(paired, system),
        "confidence": confidence_figures(list(paired.runs[system].values()), temperature),
    }


def _relations(paired: Paired, system: str, trials: int, seed: int, temperature: bool) -> Figures:
    runs = list(paired.runs[system].values())
    results = [unit.results[system] for unit in paired.units]
    units = [([*r.true_positives, *r.misses], [*r.true_positives, *r.false_alarms]) for r in results]
    return {
        **_micro(paired, system, trials, seed),
        "mean": interval(over_folds(runs, lambda run: run.scores["f"])).to_dict(),
        "per_type": scores_of(results)["relations_per_type"],
        "errors": relation_errors.errors_by_kind(units),
        "confidence": confidence_figures(runs, temperature),
    }


def _answers(paired: Paired, system: str, trials: int, seed: int, temperature: bool) -> Figures:
    low, high = bootstrap(paired.counts(system), trials=trials, seed=seed)
    runs = list(paired.runs[system].values())
    return {
        "scores": {key: mean.to_dict() for key, mean in answer_intervals(runs).items()},
        "bootstrap95": [low, high],
        "questions": sum(run.scores["questions"] for run in runs),
        "errors": answers_by_kind(one for run in runs for one in answers_of(run)),
    }


_OF_SYSTEM: dict[Task, Callable[..., Figures]] = {"entities": _system, "relations": _relations, "answers": _answers}


def _micro(paired: Paired, system: str, trials: int, seed: int) -> Figures:
    # Micro-averages: the counts (units, 3: tp, fp, fn) are summed over units before the division. The bootstrap
    # resamples units, not entities, because the entities of one document are not independent.
    counts = paired.counts(system)
    low, high = bootstrap(counts, trials=trials, seed=seed)
    tp, fp, fn = (int(value) for value in counts.sum(0))
    return {
        "p": tp / (tp + fp) if tp + fp else 0.0,
        "r": tp / (tp + fn) if tp + fn else 0.0,
        "f": float(f1(counts.sum(0))),
        "counts": {"tp": tp, "fp": fp, "fn": fn},
        "bootstrap95": [low, high],
    }


def confidence_figures(runs: Sequence[Run], temperature: bool = False) -> Figures | None:
    """Return average precision and calibration of pooled runs; None if no entity has a score."""
    scored = confidence.scored_entities(runs)
    if not scored.entities:
        return None
    bins = confidence.reliability(scored.entities)
    figures = {
        "average_precision": confidence.average_precision(confidence.precision_recall(scored.entities, scored.gold)),
        "calibration_error": confidence.expected_calibration_error(bins),
        "reliability": [
            {"low": b.low, "high": b.high, "entities": b.count, "score": b.score, "right": b.right} for b in bins
        ],
        "unscored": scored.unscored,
    }
    with_dev = [run for run in runs if run.has_dev]
    if temperature and with_dev:
        # The temperature is fitted on the development data and measured on the test data, because on the data that it
        # was fitted to any temperature looks good.
        fitted = calibration.fit_temperature(confidence.scored_entities(with_dev, "dev").entities)
        scaled = confidence.reliability(calibration.tempered(scored.entities, fitted))
        figures["temperature"] = fitted
        figures["calibration_error_tempered"] = confidence.expected_calibration_error(scaled)
    return figures


def _shares(found: Mapping[str, tuple[int, int]]) -> Figures:
    return {name: {"found": hits, "of": total} for name, (hits, total) in found.items()}


def comparison_text(figures: Figures) -> str:
    """Return the figures as tables: of entities, then of relations and of answers."""
    parts = [_entities_text(figures)] if "systems" in figures else []
    parts += [_relations_text(figures["relations"])] if "relations" in figures else []
    parts += [_answers_text(figures["answers"])] if "answers" in figures else []
    return "\n".join(parts)


def _answers_text(figures: Figures) -> str:
    systems: Mapping[str, Figures] = figures["systems"]
    keys = [key for key in MEASURES if any(key in values["scores"] for values in systems.values())]
    rows = []
    for name, values in systems.items():
        means = {key: interval(values["scores"][key]["values"]) for key in keys if key in values["scores"]}
        edges = " to ".join(percent(edge) for edge in values["bootstrap95"])
        cells = [str(means[key]) if key in means else "-" for key in keys]
        rows.append((name, *cells, edges, f"{values['questions']:,}", str(len(figures["runs"][name]))))
    header = (f"answers, mean of runs {CI}", *(MEASURES[key] for key in keys), "95% of F1", "questions", "runs")
    parts = [aligned(header, rows)]
    if figures["pairs"]:
        parts.append(_pairs_table(figures))
    parts.append(_columns("answers by kind", systems, lambda values: values["errors"], lambda value: f"{value:,}"))
    return "\n".join(parts)


def _relations_text(figures: Figures) -> str:
    systems: Mapping[str, Figures] = figures["systems"]
    rows = []
    for name, values in systems.items():
        edges = " to ".join(percent(edge) for edge in values["bootstrap95"])
        mean = interval(values["mean"]["values"])
        rows.append((name, *(percent(values[k]) for k in "prf"), edges, str(mean), str(len(figures["runs"][name]))))
    parts = [aligned(("relations", "P", "R", "F1", "95% of F1", f"mean of runs {CI}", "runs"), rows)]
    parts.append(
        _columns("F1 by type", systems, lambda v: v["per_type"], lambda row: percent(row["f"] if row else None))
    )
    parts += _pairs_text(figures)
    parts.append(_columns("errors", systems, lambda values: values["errors"], lambda value: f"{value:,}"))
    parts.append(_confidence_table(systems))
    return "\n".join(part for part in parts if part)


def _pairs_text(figures: Figures) -> list[str]:
    if not figures["pairs"]:
        return []
    return [_pairs_table(figures), _overlap_table(figures["overlap"], list(figures["systems"]))]


def _pairs_table(figures: Figures) -> str:
    header = ("from, to", "F1 +", "95%", f"p ({units_text(figures['independent'])})", "p (t test)", "fewer errors %")
    return aligned(header, [_pair_row(pair) for pair in figures["pairs"]])


def _entities_text(figures: Figures) -> str:
    systems: Mapping[str, Figures] = figures["systems"]
    rows = []
    for name, values in systems.items():
        interval = " to ".join(percent(edge) for edge in values["bootstrap95"])
        recall = [_share(values["recall"].get(kind)) for kind in ("seen", "unseen")]
        rows.append((name, *(percent(values[k]) for k in "prf"), interval, *recall))
    parts = [aligned(("system", "P", "R", "F1", "95% of F1", "R seen", "R unseen"), rows)]
    parts += _pairs_text(figures)
    parts.append(_columns("errors", systems, lambda values: values["errors"], lambda value: f"{value:,}"))
    by_length, by_frequency = "recall_by_length", "recall_by_frequency"
    parts.append(_columns("recall by tokens", systems, lambda values: values[by_length], _share))
    parts.append(_columns("recall by times in training", systems, lambda values: values[by_frequency], _share))
    parts.append(_confidence_table(systems))
    return "\n".join(part for part in parts if part)


def _pair_row(pair: Figures) -> tuple[str, ...]:
    reduction = pair["error_reduction"]
    return (
        " -> ".join(pair["systems"]),
        f"{100 * pair['difference']:+.2f}",
        " to ".join(f"{100 * edge:+.2f}" for edge in pair["bootstrap95"]),
        f"{pair['p_randomisation']:.4f}",
        "-" if pair["p_t_test"] is None else f"{pair['p_t_test']:.4f}",
        "-" if reduction is None else f"{100 * reduction:.1f}",
    )


def _overlap_table(overlap: Mapping[str, Sequence[Figures]], names: Sequence[str]) -> str:
    """Format the overlap; for more than three systems only the regions of one, all but one, and all systems."""
    regions: dict[tuple[str, ...], dict[str, int]] = {}
    for outcome, found in overlap.items():
        for region in found:
            regions.setdefault(tuple(region["systems"]), {})[outcome] = region["spans"]
    few = len(names) <= 3
    rows = [
        (_region(region, names, few), *(f"{counts.get(o, 0):,}" for o in overlap))
        for region, counts in sorted(regions.items(), key=lambda item: (len(item[0]), item[0]))
        if few or len(region) in (1, len(names) - 1, len(names))
    ]
    return aligned(("only in", *(outcome.replace("_", " ") for outcome in overlap)), rows)


def _region(region: Sequence[str], names: Sequence[str], few: bool) -> str:
    absent = [name for name in names if name not in region]
    if not absent:
        return "all"
    return f"all but {absent[0]}" if len(absent) == 1 and not few else " and ".join(region)


def _columns(title: str, systems: Mapping[str, Figures], pick: Any, show: Any) -> str:
    names = list(dict.fromkeys(name for values in systems.values() for name in pick(values)))
    rows = [(name, *(show(pick(values).get(name, 0)) for values in systems.values())) for name in names]
    return aligned((title, *systems), rows) if rows else ""


def _share(share: Figures | None) -> str:
    return f"{100 * share['found'] / share['of']:.2f} of {share['of']:,}" if share else "-"


def _confidence_table(systems: Mapping[str, Figures]) -> str:
    found = {name: values["confidence"] for name, values in systems.items() if values["confidence"]}
    rows = [
        (
            name,
            percent(values["average_precision"]),
            percent(values["calibration_error"]),
            f"{values['temperature']:.2f}" if "temperature" in values else "-",
            percent(values.get("calibration_error_tempered")),
        )
        for name, values in found.items()
    ]
    header = ("scores", "average precision", "calibration error", "temperature", "error with it")
    return aligned(header, rows) if rows else ""
