"""Likely errors of the gold, and how those of several sources are joined and ranked.

missing     the gold has nothing, and should have the proposed mention
spurious    the gold has a mention that is none
boundary    the mention starts or ends elsewhere
label       the mention has another label
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod

KINDS = ("missing", "spurious", "boundary", "label")

LEAST = 0.4
"""Findings of a lower confidence are left out."""

Place = tuple[int, int, str]
"""First character, one past the last, label."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely error of one document.

    document: its number. gold: the number of its mention that is wrong, -1 for a missing one. proposal: what should
    stand there, None for nothing. confidence: from 0 to 1, how sure the source is. reason: in words.
    """

    document: int
    kind: str
    gold: int
    proposal: Place | None
    confidence: float
    reason: str


def ranked(findings: Iterable[Finding], least: float = LEAST) -> list[Finding]:
    """Return one finding for each wrong mention and each missing one, the surest first.

    Sources that propose the same are joined: each may be wrong on its own, so the confidence that all of them are is
    the product (noisy or). Of different proposals for one mention, and of missing mentions that overlap, the surest is
    kept.
    """
    same: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        same.setdefault((one.document, one.kind, one.gold, one.proposal), []).append(one)
    joined = [
        replace(
            some[0],
            confidence=1 - prod(1 - one.confidence for one in some),
            reason="; ".join(dict.fromkeys(one.reason for one in some)),
        )
        for some in same.values()
    ]
    kept: list[Finding] = []
    settled: set[tuple[int, int]] = set()
    taken: dict[int, list[Place]] = {}
    # Greedy, the surest first: a finding excludes all later ones for the same mention or overlapping proposals.
    for one in sorted(joined, key=lambda one: (-one.confidence, one.document, one.gold)):
        # All missing mentions have the gold number -1, so only their offsets can tell them apart.
        if one.confidence < least or (one.gold >= 0 and (one.document, one.gold) in settled):
            continue
        others = taken.setdefault(one.document, [])
        if one.proposal is not None:
            if any(one.proposal[0] < end and start < one.proposal[1] for start, end, _ in others):
                continue
            others.append(one.proposal)
        settled.add((one.document, one.gold))
        kept.append(one)
    return kept
