"""Likely errors of the gold, and how those of several sources are combined and ranked. Kinds:

missing     the gold lacks the proposed mention
spurious    the gold mention is none
boundary    the gold mention has wrong boundaries
label       the gold mention has a wrong label
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from operator import attrgetter

from ...documents.document import Spans
from ..summary import grouped

KINDS = ("missing", "spurious", "boundary", "label")

LEAST = 0.4
"""Findings of a lower confidence are left out."""

Place = tuple[int, int, str]
"""First character, one past the last, label."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely error of one document.

    document: index of the document. gold: index of the wrong gold mention, -1 for a missing one. proposal: the correct
    mention, None for none. confidence: from 0 to 1. reason: an explanation. fragments: the parts of the correct mention
    if there are several.
    """

    document: int
    kind: str
    gold: int
    proposal: Place | None
    confidence: float
    reason: str
    fragments: Spans = ()

    @property
    def key(self) -> tuple[object, ...]:
        """The same for findings of the same error."""
        return self.document, self.kind, self.gold, self.proposal, self.fragments


def ranked(findings: Iterable[Finding], least: float = LEAST) -> list[Finding]:
    """Return one finding for each wrong mention and each missing one, the most certain first.

    Equal findings of several sources are combined as independent evidence, 1 - product of (1 - confidence) (noisy or).
    Of different findings on one mention, and of missing mentions that overlap, the most certain is kept.
    """
    joined = [
        replace(
            some[0],
            confidence=1 - prod(1 - one.confidence for one in some),
            reason="; ".join(dict.fromkeys(one.reason for one in some)),
        )
        for some in grouped(findings, attrgetter("key")).values()
    ]
    kept: list[Finding] = []
    settled: set[tuple[int, int]] = set()
    taken: dict[int, list[Place]] = {}
    # Greedy, most certain first: a finding excludes later ones on the same mention or with overlapping proposals.
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
