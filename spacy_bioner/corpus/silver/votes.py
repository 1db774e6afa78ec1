"""Votes of several systems on the mentions of one text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...formats.document import Mention
from ...spans import best_first

Ties = Literal["first", "drop"]
Overlap = Literal["longest", "votes", "keep"]

Place = tuple[int, int, tuple[tuple[int, int], ...]]
"""Start, end, fragments."""


@dataclass(frozen=True, slots=True)
class Elected:
    """A mention and its number of votes."""

    mention: Mention
    votes: int


def elect(
    ballots: Sequence[Sequence[Mention]], needed: int, ties: Ties = "first", counts: Counter[str] | None = None
) -> list[Elected]:
    """Return the mentions that at least ``needed`` systems agree on, in text order.

    ballots: the mentions of each system in the text. A system has one vote for a place (the exact offsets of all
    fragments), whatever the label, and one for each label it gives to the place.
    ties: the label of a place where several labels have the most votes: ``first``, that of the first system with one
    of these, or ``drop``, none: the mention is dropped.
    counts: incremented at ``places`` (all marked), ``below`` (too few votes) and ``tied`` (dropped at a tie).
    Concepts of the systems with the winning label are merged. Only a mention of the first system keeps its id.
    """
    counts = Counter() if counts is None else counts
    voters: dict[Place, list[list[Mention]]] = {}
    for ballot in ballots:
        marked: dict[Place, list[Mention]] = {}
        for mention in ballot:
            marked.setdefault((mention.start, mention.end, mention.fragments), []).append(mention)
        for place, mentions in marked.items():
            voters.setdefault(place, []).append(mentions)
    own = {(m.start, m.end, m.fragments, m.label): m.id for m in reversed(ballots[0])} if ballots else {}
    elected: list[Elected] = []
    counts["places"] += len(voters)
    for place, votes in voters.items():
        if len(votes) < needed:
            counts["below"] += 1
            continue
        labels = Counter(label for mentions in votes for label in {mention.label for mention in mentions})
        most = max(labels.values())
        best = [label for label, number in labels.items() if number == most]
        if len(best) > 1 and ties == "drop":
            counts["tied"] += 1
            continue
        # The first mention, in the order of the systems, with one of the winning labels.
        winner = next(mention for mentions in votes for mention in mentions if mention.label in best)
        same = [mention for mentions in votes for mention in mentions if mention.label == winner.label]
        concepts = tuple(dict.fromkeys(concept for mention in same for concept in mention.concepts))
        name = own.get((*place, winner.label), "")
        elected.append(Elected(replace(winner, concepts=concepts, id=name), len(votes)))
    return sorted(elected, key=lambda one: (one.mention.start, one.mention.end))


def without_overlaps(elected: Sequence[Elected], overlap: Overlap) -> list[Elected]:
    """Resolve overlaps between mentions, and return the kept ones in text order.

    overlap: ``longest`` prefers the longest, then the one with most votes; ``votes`` prefers the one with most votes,
    then the longest; both then the leftmost. ``keep`` keeps all. A discontinuous mention extends from its first to its
    last character.
    """
    if overlap == "keep" or not elected:
        return list(elected)
    spans = [(one.mention.start, one.mention.end) for one in elected]
    lengths = [end - start for start, end in spans]
    votes = [one.votes for one in elected]
    major, minor = (lengths, votes) if overlap == "longest" else (votes, lengths)
    # Both criteria in one score: the minor one, scaled to less than 1, decides only between equal major ones.
    below_one = 1 / (1 + max(minor))
    return [elected[i] for i in best_first(spans, [a + b * below_one for a, b in zip(major, minor, strict=True)])]
