"""Merge the mentions of several systems in one text by vote, by priority or by score.

A ballot holds the mentions of one system. Only offsets are compared, so they may count characters or tokens: the
component ``bioner_merge`` and the harmonisation of files use the same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...documents.document import Mention
from ...spans import Covered, best_first

Method = Literal["score", "vote", "priority"]
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
    """Return the mentions that at least ``needed`` systems found, in text order.

    ballots: the mentions of each system in the text. A system has one vote for a place (the exact offsets of all
    fragments), whatever the label, and one for each label it gives to the place.
    ties: the label of a place where several labels have the most votes: ``first``, that of the first system with one
    of these, or ``drop``, none: the mention is dropped.
    counts: incremented: ``places`` (all), ``below`` (too few votes) and ``tied`` (dropped at a tie).
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


def by_priority(ballots: Sequence[Sequence[Mention]]) -> list[Mention]:
    """Return all mentions of the first system, and those of each later one that overlap none taken before them."""
    taken: list[Mention] = []
    covered = Covered()
    for ballot in ballots:
        # Only mentions of earlier systems are compared: those of one system may overlap each other.
        free = [mention for mention in ballot if not any(map(covered.shares, mention.parts))]
        taken += free
        for mention in free:
            _cover(covered, mention)
    return sorted(taken, key=lambda mention: (mention.start, mention.end))


def by_score(
    ballots: Sequence[Sequence[Mention]],
    weights: Sequence[float],
    threshold: float,
    calibrate: Callable[[int, float], float] = lambda _, score: score,
) -> list[Mention]:
    """Return the mentions whose mean score over the systems is at least ``threshold``, without overlaps, best first.

    weights: one for each system. calibrate: maps a system's number and score to a calibrated score. A system that
    lacks a mention counts with the score 0; a mention without a score counts as 1. A returned mention has the mean
    score and the concepts of all systems that found it.
    """
    joined: dict[tuple[Place, str], tuple[list[float], list[Mention]]] = {}
    for number, ballot in enumerate(ballots):
        for mention in ballot:
            place = ((mention.start, mention.end, mention.fragments), mention.label)
            scores, same = joined.setdefault(place, ([0.0] * len(ballots), []))
            score = calibrate(number, mention.certainty)
            scores[number] = max(scores[number], score)
            same.append(mention)
    total = sum(weights)
    found = []
    for scores, same in joined.values():
        mean = sum(weight * score for weight, score in zip(weights, scores, strict=True)) / total
        if mean >= threshold:
            concepts = tuple(dict.fromkeys(concept for mention in same for concept in mention.concepts))
            found.append(replace(same[0], score=mean, concepts=concepts))
    return best_mentions(found)


def best_mentions(found: Sequence[Mention]) -> list[Mention]:
    """Keep the best-scored of overlapping mentions (no score counts as 1); return them in text order."""
    scores = [one.certainty for one in found]
    if not any(one.fragments for one in found):
        return [found[i] for i in best_first([(one.start, one.end) for one in found], scores)]
    taken: list[Mention] = []
    covered = Covered()
    for i in sorted(range(len(found)), key=lambda i: (-scores[i], found[i].start, -found[i].end)):
        if not any(map(covered.shares, found[i].parts)):
            taken.append(found[i])
            _cover(covered, found[i])
    return sorted(taken, key=lambda one: (one.start, one.end))


def _cover(covered: Covered, mention: Mention) -> None:
    for part in mention.parts:
        covered.add(part)


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
