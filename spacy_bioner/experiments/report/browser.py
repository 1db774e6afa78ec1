"""The data of the error browser: the sentences with errors of a report's systems, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...documents.document import Mention
from ...text_tables import counted
from ..analysis import relation_errors
from ..analysis.errors import KINDS, Case, cases, thinned
from ..analysis.relation_errors import Arc, RelationCase, relation_cases
from ..runs import Run, Task
from ..summary import system_of
from .groups import View, at_full_size

AnyCase = Case | RelationCase


def error_browser(tasks: Mapping[Task, Sequence[Run]], limit: int, view: View) -> dict[str, Any]:
    """Return the data for the page's script, its filters, and a description, of the runs at full size.

    limit: maximum number of sentences; above it an evenly spaced sample of each run is kept, and ``left_out`` says how
    many errors are missing. ``doubtful``: runs whose saved scores do not match their predictions. ``relations``:
    whether there are wrong relations among the errors.
    """
    runs = [run for some in tasks.values() for run in at_full_size(some)]
    found = [_cases(run) for run in runs]
    total = sum(map(len, found))
    counts = Counter(error[0] for of_run in found for case in of_run for error in case.errors)
    # Each run keeps its share of the limit, so that no system seems to have more errors than another.
    shares = [len(of_run) * limit // total if total > limit else len(of_run) for of_run in found]
    shown = [thinned(of_run, share) for of_run, share in zip(found, shares, strict=True)]
    kept = sum(len(case.errors) for of_run in shown for case in of_run)
    every = counts.total()
    text = "No system made an error."
    if every:
        parts = [f"{counts[kind]:,} {kind}" for kind in KINDS if counts[kind]]
        parts += [counted(counts[kind], kind) for kind in relation_errors.KINDS if counts[kind]]
        what = {"entities": "entity", "relations": "relation"}
        named = " and ".join(what[task] for task in tasks)
        text = f"Every wrong {named}, in its sentence: {', '.join(parts)}."
    left_out = ""
    if kept < every:
        left_out = (
            f"{kept:,} of {counted(every, 'error')} are shown, sampled evenly from every run; left out to keep the "
            f"page small (--max-errors): {every - kept:,}."
        )
    data = _data(runs, shown) if kept else None
    doubtful = [view.where([run]) for run, of_run in zip(runs, found, strict=True) if not _agree(run, of_run)]
    choices = _choices(data) if data else []
    related = any(counts[kind] for kind in relation_errors.KINDS)
    answer = {"text": text, "left_out": left_out, "data": data, "choices": choices, "relations": related}
    return {**answer, "doubtful": list(dict.fromkeys(doubtful))}


def _cases(run: Run) -> Sequence[AnyCase]:
    return relation_cases(run) if run.task == "relations" else cases(run.pairs())


def _agree(run: Run, found: Sequence[AnyCase]) -> bool:
    """Return whether the number of errors matches the scores of a run, where these have counts."""
    counts = run.scores.get("counts")
    errors = [error for case in found for error in case.errors]
    missed, spurious = sum(i >= 0 for _, i, _ in errors), sum(j >= 0 for _, _, j in errors)
    return not counts or (missed, spurious) == (counts["fn"], counts["fp"])


def _data(runs: Sequence[Run], shown: Sequence[Sequence[AnyCase]]) -> dict[str, Any]:
    systems = list(dict.fromkeys(system_of(run) for run in runs))
    corpora = list(dict.fromkeys(run.corpus for run in runs))
    labels = sorted({one.label for group in shown for case in group for one in _labelled(case)})
    number = {label: i for i, label in enumerate(labels)}
    tasks = {run.task for run in runs}
    kinds = [*(KINDS if "entities" in tasks else ()), *(relation_errors.KINDS if "relations" in tasks else ())]
    return {
        "systems": systems,
        "corpora": corpora,
        "labels": labels,
        "kinds": kinds,
        "runs": [
            {"system": systems.index(system_of(run)), "corpus": corpora.index(run.corpus), "name": _short_name(run)}
            for run in runs
        ],
        "cases": [_record(i, case, number, kinds) for i, case in _side_by_side(runs, shown)],
    }


def _labelled(case: AnyCase) -> list[Mention | Arc]:
    """Return the mentions and relations of a case, which have labels."""
    return [*case.gold, *case.found, *(case.mentions if isinstance(case, RelationCase) else ())]


def _side_by_side(runs: Sequence[Run], shown: Sequence[Sequence[AnyCase]]) -> list[tuple[int, AnyCase]]:
    """Return the cases with the indices of their runs, sorted so that the systems of one sentence are adjacent."""
    order: dict[tuple[str, str], int] = {}
    for run, of_run in zip(runs, shown, strict=True):
        for case in of_run:
            order.setdefault((run.corpus, case.document), len(order))
    every = [(i, case) for i, of_run in enumerate(shown) for case in of_run]
    return sorted(every, key=lambda pair: (order[runs[pair[0]].corpus, pair[1].document], pair[1].start, pair[0]))


def _short_name(run: Run) -> str:
    parts = [] if run.fold is None else [f"fold {run.fold}"]
    return ", ".join(parts if run.seed is None else [*parts, f"seed {run.seed}"])


def _record(run: int, case: AnyCase, number: Mapping[str, int], kinds: Sequence[str]) -> dict[str, Any]:
    record: dict[str, Any] = {"run": run, "document": case.document, "text": case.text}
    record |= _arcs(case, number) if isinstance(case, RelationCase) else _spans(case, number)
    record["errors"] = [[kinds.index(kind), i, j] for kind, i, j in case.errors]
    if case.before:
        record["before"] = True
    if case.after:
        record["after"] = True
    return record


def _arcs(case: RelationCase, number: Mapping[str, int]) -> dict[str, Any]:
    """Return the mentions of a case as ``spans``, and its relations, which refer to them by index."""

    def arc(one: Arc) -> dict[str, Any]:
        values = {"head": one.head, "tail": one.tail, "label": number[one.label], "right": one.right}
        return values if one.score is None else {**values, "score": round(one.score, 4)}

    return {
        "spans": [_span(mention, case.start, number, True) for mention in case.mentions],
        "gold": [arc(one) for one in case.gold],
        "found": [arc(one) for one in case.found],
    }


def _spans(case: Case, number: Mapping[str, int]) -> dict[str, Any]:
    wrong_gold = {i for _, i, _ in case.errors}
    wrong_found = {j for _, _, j in case.errors}
    record: dict[str, Any] = {
        "gold": [_span(m, case.start, number, i not in wrong_gold) for i, m in enumerate(case.gold)],
        "found": [_span(m, case.start, number, j not in wrong_found) for j, m in enumerate(case.found)],
    }
    for span, score in zip(record["found"], case.scores, strict=True):
        if score is not None:
            span["score"] = round(score, 4)
    return record


def _span(mention: Mention, offset: int, number: Mapping[str, int], right: bool) -> dict[str, Any]:
    parts = mention.parts
    return {
        "parts": [[start - offset, end - offset] for start, end in parts],
        "label": number[mention.label],
        "right": right,
    }


def _choices(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = [("system", "System", "systems"), ("kind", "Kind", "kinds"), ("label", "Type", "labels")]
    if len(data["corpora"]) > 1:
        choices.insert(1, ("corpus", "Corpus", "corpora"))
    return [{"name": name, "title": title, "options": data[key]} for name, title, key in choices]
