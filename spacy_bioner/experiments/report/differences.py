"""Section on the differences between systems and their significance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from ...errors import BionerError
from ...text_tables import p_value
from ..analysis.differences import pair_figures
from ..analysis.independence import units_text
from ..analysis.pairing import pair_runs
from ..analysis.significance import TRIALS
from ..runs import Run
from ..summary import grouped, system_of
from .groups import at_full_size
from .layout import Block, Cell, Column, Row, Section, Table

MOST_SYSTEMS = 5
"""Up to this number of systems every pair is compared; of more systems, the best with each of the others."""

LEVEL = 0.05
"""A difference is significant if p is below this in the test over independent units and, if there is one, over runs."""

TEXT = (
    "Differences in F1 over all documents that both systems were tested on. p: the probability of at least this "
    f"difference by chance, by paired approximate randomisation ({TRIALS:,} trials) and by a paired two-tailed t-test "
    "over folds or seeds; 95%: bootstrap interval. Randomisation and bootstrap are over what is independent: documents "
    "with all their sentences, groups of documents that belong together, or questions with all their texts."
)


def differences_section(runs: Sequence[Run]) -> Section | None:
    """Return the differences of systems on each corpus, at full size; None without two systems on one corpus."""
    blocks = []
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    for corpus, group in corpora.items():
        found, faults = _pairs(grouped(group, system_of))
        if found or faults:
            heading = f"On {corpus}" if len(corpora) > 1 else ""
            lines = [_verdict(found), *faults] if found else faults
            blocks.append(Block(heading, lines, [_table(corpus, found)] if found else []))
    return Section("differences", "Differences", blocks, TEXT) if blocks else None


def _pairs(systems: Mapping[str, Sequence[Run]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the figures of pairs, those with the best system first, and the reasons for missing pairs."""
    f1 = {system: sum(run.scores["f"] for run in runs) / len(runs) for system, runs in systems.items()}
    ranked = sorted(systems, key=lambda system: -f1[system])
    # Of many systems only pairs with the best are tested: of the 45 pairs of ten systems two would be below 5% by
    # chance.
    chosen = list(combinations(ranked, 2))
    found, faults = [], []
    for one, other in chosen if len(ranked) <= MOST_SYSTEMS else [pair for pair in chosen if pair[0] == ranked[0]]:
        named = [(system, run) for system in (other, one) for run in systems[system]]
        try:
            found.append(pair_figures(pair_runs(named), other, one, TRIALS, 0))
        except BionerError as error:
            faults.append(f"{one} and {other} cannot be compared: {error}")
    return found, faults


def _verdict(pairs: Sequence[Mapping[str, Any]]) -> str:
    worse, better = pairs[0]["systems"]
    points, tests = 100 * pairs[0]["difference"], [pairs[0]["p_randomisation"], pairs[0]["p_t_test"]]
    known = [p for p in tests if p is not None]
    # Both tests must agree: documents of one run share its seed, and few runs have little power.
    real = "significant" if max(known) < LEVEL else "not significant"
    shown = " and ".join(f"p {_p(p)}" if p < 0.001 else f"p = {_p(p)}" for p in known)
    tested = f"{shown} over {units_text(pairs[0]['independent'])}" + (" and over runs" if len(known) > 1 else "")
    return f"{better} is {points:.2f} points ahead of {worse}. At 5% the difference is {real} ({tested})."


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else p_value(value, LEVEL)


def _table(corpus: str, pairs: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for pair in pairs:
        worse, better = pair["systems"]
        reduction = pair["error_reduction"]
        rows.append(
            Row(
                better,
                [
                    Cell(worse),
                    Cell(_signed(pair["difference"])),
                    Cell(" to ".join(_signed(edge) for edge in pair["bootstrap95"])),
                    Cell(_p(pair["p_randomisation"]), title=f"over {units_text(pair['independent'])}"),
                    Cell(_p(pair["p_t_test"])),
                    Cell("–" if reduction is None else f"{100 * reduction:.1f}"),
                ],
            )
        )
    heads = [Column("ahead", numeric=False), Column("of", numeric=False), Column("by", "points of F1"), Column("95%")]
    heads += [
        Column(
            "p, " + "/".join(sorted({units_text(pair["independent"]) for pair in pairs})),
            "paired approximate randomisation",
        ),
        Column("p, runs", "paired two-tailed t-test"),
    ]
    heads += [Column("fewer errors, %", "error reduction: (F - F_base) / (100 - F_base)")]
    return Table(heads, rows, f"Differences on {corpus}")


def _signed(share: float) -> str:
    return f"{100 * share:+.2f}".replace("-", "\u2212")
