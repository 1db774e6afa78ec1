"""Scores of sets of files against gold files, and differences between the sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ...scoring import Scores, score, to_dict
from ...text_tables import aligned, percent
from ..analysis.differences import difference
from ..analysis.significance import TRIALS, bootstrap
from ..tables import metrics_table
from .matching import Match, spans_without_spaces


def score_files(matches: Sequence[Match], names: Sequence[str], trials: int = TRIALS, seed: int = 0) -> dict[str, Any]:
    """Return the exact, boundary and partial scores of each set, and the differences between sets, as plain values.

    A document that a set lacks counts as one without predictions. Differences are tested over documents: see
    ``analysis.significance``.
    """
    scores = {name: _scores(matches, i) for i, name in enumerate(names)}
    counts = {name: _counts(found) for name, found in scores.items()}
    systems = {}
    for i, name in enumerate(names):
        low, high = bootstrap(counts[name], trials=trials, seed=seed)
        missing = sum(match.found[i] is None for match in matches)
        systems[name] = {**to_dict(scores[name]), "bootstrap95": [low, high], "missing_documents": missing}
    pairs = [difference({name: counts[name] for name in pair}, trials, seed) for pair in combinations(names, 2)]
    return {"documents": len(matches), "systems": systems, "pairs": pairs}


def _scores(matches: Sequence[Match], i: int) -> Scores:
    def triples() -> Any:
        for number, match in enumerate(matches):
            other = match.found[i]
            found = [] if other is None else spans_without_spaces(other)
            yield match.gold.id or f"#{number}", spans_without_spaces(match.gold), found

    return score(triples())


def _counts(scores: Scores) -> np.ndarray:
    rows = [(len(c.true_positives), len(c.false_alarms), len(c.misses)) for c in scores.comparisons]
    return np.array(rows, dtype=float).reshape(-1, 3)


def scores_text(figures: Mapping[str, Any]) -> str:
    """Return the figures as tables: a single system by label, several side by side."""
    systems: Mapping[str, Any] = figures["systems"]
    if len(systems) == 1:
        return metrics_table(next(iter(systems.values())))
    rows = []
    for name, values in systems.items():
        interval = " to ".join(percent(edge) for edge in values["bootstrap95"])
        soft = [percent(values[f"ents_{kind}"]["f"]) for kind in ("boundary", "partial")]
        rows.append((name, *(percent(values[f"ents_{k}"]) for k in "prf"), interval, *soft))
    parts = [aligned(("found", "P", "R", "F1", "95% of F1", "boundary F1", "partial F1"), rows)]
    pairs = [
        (
            " -> ".join(pair["systems"]),
            f"{100 * pair['difference']:+.2f}",
            " to ".join(f"{100 * edge:+.2f}" for edge in pair["bootstrap95"]),
            f"{pair['p_randomisation']:.4f}",
        )
        for pair in figures["pairs"]
    ]
    parts.append(aligned(("from, to", "F1 +", "95%", "p (documents)"), pairs))
    return "\n".join(parts)
