"""Scores as tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import srsly

from ..errors import BionerError
from ..scoring import error_reduction, without_entities
from ..text_tables import aligned, counted, percent
from .report.published import Published

Metrics = Mapping[str, Any]

MOST_TYPES = 6
"""Maximum number of types shown as columns; more become rows of a table of their own."""

TASKS = {"ents": "system", "relations": "relations", "concepts": "concepts"}
"""Prefixes of figures with p, r and f, each with the heading of its table of systems."""

_FURTHER = ("discontinuous", "boundary", "partial")
_COUNTS = ("tp", "fp", "fn")


def metrics_table(metrics: Metrics) -> str:
    """Return the scores of one system: exact by type and overall, of discontinuous mentions, boundary and partial."""
    counts = metrics.get("ents_counts") or {}
    rows = [_row(label, figures) for label, figures in (metrics.get("ents_per_type") or {}).items()]
    rows.append(_row("all", {**{k: metrics.get(f"ents_{k}") for k in "prf"}, **counts}))
    rows += [_row(name, metrics[f"ents_{name}"]) for name in _FURTHER if f"ents_{name}" in metrics]
    return aligned(("exact span", "P", "R", "F1", "TP", "FP", "FN"), rows)


def relations_table(metrics: Metrics) -> str:
    """Return the scores of relations of one system, by type and overall; the heading says of what entities."""
    rows = [_row(label, figures) for label, figures in metrics["relations_per_type"].items()]
    rows.append(_row("all", {**{k: metrics[f"relations_{k}"] for k in "prf"}, **metrics["relations_counts"]}))
    between = " between gold entities" if metrics.get("gold_entities") else ""
    return aligned((f"relation{between}", "P", "R", "F1", "TP", "FP", "FN"), rows)


def answers_table(metrics: Metrics) -> str:
    """Return the scores of answers of one system: SQuAD's, and BioASQ's if questions have several texts."""
    without = metrics.get("answers_without_gold")
    left = f"; not scored, without gold: {without:,}" if without else ""
    rows = [
        (
            "exact match",
            percent(metrics["answers_em"]),
            f"{counted(metrics['answers_questions'], 'question')} to a text{left}",
        ),
        ("F1", percent(metrics["answers_f1"]), ""),
    ]
    if metrics.get("bioasq_questions"):
        official, number = metrics["bioasq_official"], metrics["bioasq_questions"]
        note = f"{number:,} questions, {number - metrics['bioasq_answered']:,} without an answer, which are wrong"
        for name in ("strict", "lenient", "mrr"):
            key = f"bioasq_{name}"
            rows.append((name, percent(metrics[key]), f"{note}; answered ones alone {percent(official[key])}"))
            note = "the same"
        rows.append(("ceiling", percent(metrics["bioasq_ceiling"]), "questions with an answer in one of their texts"))
    return aligned(("answers", "score", "of"), rows)


def concepts_table(metrics: Metrics) -> str:
    """Return the scores of concepts of one system by type and overall, and the accuracy of ids on matched mentions."""
    rows = [_row(label, figures) for label, figures in metrics["concepts_per_type"].items()]
    rows.append(_row("all", {**{k: metrics[f"concepts_{k}"] for k in "prf"}, **metrics["concepts_counts"]}))
    numbers = metrics["concepts_mentions"]
    table = aligned(("document, concept", "P", "R", "F1", "TP", "FP", "FN"), rows)
    return (
        f"{table}ids of matched mentions: {percent(metrics['concepts_acc'])}% of {numbers['matched']} right, "
        f"{numbers['nil']} without an id\n"
        f"mentions without a concept: {numbers['right_nil']} of {numbers['gold_nil']} were given none\n"
    )


def evaluation_tables(metrics: Metrics) -> list[str]:
    """Return a table for each task that one system has scores of; none of entities that it was given."""
    tables = [] if without_entities(metrics) else [metrics_table(metrics)]
    tables += [relations_table(metrics)] if metrics.get("relations_f") is not None else []
    tables += [answers_table(metrics)] if metrics.get("answers_f1") is not None else []
    tables += [concepts_table(metrics)] if metrics.get("concepts_f") is not None else []
    return tables


def answering_table(systems: Mapping[str, Metrics], published: Sequence[Published] = ()) -> str:
    """Return the scores of answers of several systems in percent, then published figures of BioASQ."""
    measured = [
        (
            name,
            *(percent(metrics.get(f"answers_{part}")) for part in ("em", "f1")),
            *(percent(metrics.get(f"bioasq_{part}")) for part in ("strict", "lenient", "mrr", "ceiling")),
            f"{metrics.get('bioasq_questions') or metrics['answers_questions']:,}",
        )
        for name, metrics in systems.items()
    ]
    given = [
        (
            f"{one.system}, {one.corpus}",
            "",
            "",
            *(f"{value:.2f}" for value in (one.strict, one.lenient, one.mrr)),
            "",
            "",
        )
        for one in published
        if one.strict is not None and one.lenient is not None and one.mrr is not None
    ]
    header = ("answers", "EM", "F1", "strict", "lenient", "MRR", "ceiling", "questions")
    return aligned(header, [*measured, *given])


def _row(name: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    return (name, *(percent(figures.get(k)) for k in "prf"), *(f"{figures.get(k, 0):g}" for k in _COUNTS))


def systems_tables(
    systems: Mapping[str, Metrics], base: str | None = None, published: Sequence[Published] = ()
) -> list[str]:
    """Return a table of several systems for each task that some have scores of: ``systems_table``, answers last.

    Scores of entities that a system was given are left out; those of its relations and concepts say so. base,
    published: see ``systems_table`` and ``answering_table``. Raises B805.
    """
    if base is not None and base not in systems:
        raise BionerError("B805", base=base, known=", ".join(systems))
    tables = []
    for task in TASKS:
        if task == "ents":
            some = {name: metrics for name, metrics in systems.items() if not without_entities(metrics)}
        else:
            some = {
                f"{name}, gold entities" if metrics.get("gold_entities") else name: metrics
                for name, metrics in systems.items()
                if metrics.get(f"{task}_f") is not None
            }
        own = next((shown for shown in (base, f"{base}, gold entities") if shown in some), None)
        tables += [systems_table(some, own, task)] if some else []
    answering = {name: metrics for name, metrics in systems.items() if metrics.get("answers_f1") is not None}
    return [*tables, answering_table(answering, published)] if answering else tables


def systems_table(systems: Mapping[str, Metrics], base: str | None = None, task: str = "ents") -> str:
    """Return precision, recall and F1 of several systems over all types, and the F1 of each type.

    More than ``MOST_TYPES`` types are rows of a second table, because as columns they would not fit a line.

    base: the system against which the error reduction of the others is computed. task: a key of TASKS.
    """
    types = sorted({label for metrics in systems.values() for label in metrics.get(f"{task}_per_type") or ()})
    types = types if len(types) > 1 else []
    turned = _types_table(systems, types, task) if len(types) > MOST_TYPES else ""
    types = [] if turned else types
    rows = []
    for name, metrics in systems.items():
        per_type = metrics.get(f"{task}_per_type") or {}
        by_type = [percent(per_type.get(label, {}).get("f")) for label in types]
        speed = metrics.get("speed")
        rows.append(
            (
                name,
                *(percent(metrics.get(f"{task}_{k}")) for k in "prf"),
                *by_type,
                *([] if base is None else [_reduction(name, base, systems, task)]),
                f"{speed:,.0f}" if speed else "-",
            )
        )
    reduction = [] if base is None else ["errors"]
    table = aligned((TASKS[task], "P", "R", "F1", *(f"F1 {label}" for label in types), *reduction, "tokens/s"), rows)
    return f"{table}\n{turned}" if turned else table


def _types_table(systems: Mapping[str, Metrics], types: Iterable[str], task: str) -> str:
    """Return the F1 of each type, one per row."""
    per_type = {name: metrics.get(f"{task}_per_type") or {} for name, metrics in systems.items()}
    rows = [(label, *(percent(found.get(label, {}).get("f")) for found in per_type.values())) for label in types]
    return aligned(("F1 by type", *systems), rows)


def _reduction(name: str, base: str, systems: Mapping[str, Metrics], task: str) -> str:
    share = error_reduction(systems[base].get(f"{task}_f"), systems[name].get(f"{task}_f"))
    # 0 - x, because -x would print -0.0%.
    return "-" if share is None or name == base else f"{0 - 100 * share:+.1f}%"


def read_metrics(paths: Iterable[Path]) -> dict[str, Metrics]:
    """Read metrics files and folders of them, by name, in the order given; in a folder, the oldest first.

    Raises B801 for a missing path, B802 for a file without scores, B803 without files and B859 for one whose only
    scores are of entities that were given.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise BionerError("B801", path=path)
        files += sorted(path.glob("*.json"), key=lambda file: file.stat().st_mtime) if path.is_dir() else [path]
    if not files:
        raise BionerError("B803", paths=", ".join(str(path) for path in paths))
    systems: dict[str, Metrics] = {}
    for file in files:
        try:
            metrics = srsly.read_json(file)
        except ValueError:
            metrics = None
        if not isinstance(metrics, dict) or "ents_f" not in metrics:
            raise BionerError("B802", path=file)
        others = ("relations_f", "concepts_f", "answers_f1")
        if without_entities(metrics) and not any(metrics.get(name) is not None for name in others):
            raise BionerError("B859", path=file, others="relations, answers or concepts")
        systems[file.stem if file.stem not in systems else str(file)] = metrics
    return systems
