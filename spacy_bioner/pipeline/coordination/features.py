"""Features of a candidate: known names, similarity of the conjuncts, neighbouring words in the training text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...disjoint_tags import Segment, TokenMention
from .candidates import Candidate

FOLDS = 5
"""Number of parts of the training text; the features of each are made with the names of the others."""


@dataclass(slots=True)
class Known:
    """Names of mentions in one part, and pairs of neighbouring words, of the training text, in lower case."""

    names: set[str] = field(default_factory=set)
    pairs: set[str] = field(default_factory=set)

    def add(self, words: Sequence[str], mentions: Iterable[TokenMention]) -> None:
        """Add the names and pairs of a sentence."""
        self.names |= {" ".join(words[a:b]) for parts, _ in mentions if len(parts) == 1 for a, b in parts}
        self.pairs |= {f"{one} {other}" for one, other in pairwise(words)}


def features(
    words: Sequence[str], label: str, candidate: Candidate, known: Known, entities: Collection[Segment]
) -> list[str]:
    """Return the features of a candidate. entities: token spans of the mentions in one part of the sentence."""
    x, y, z = ([*words[a:b]] for a, b in (candidate.conjunct, candidate.replaced, candidate.shared))
    ahead = candidate.conjunct < candidate.shared
    name, joint = (x + z, f"{x[-1]} {z[0]}") if ahead else (z + x, f"{z[-1]} {x[0]}")
    facts = [" ".join(one) in known.names for one in (name, z, x)]
    outer = candidate.conjunct[0] - 1 if ahead else candidate.conjunct[1]
    found = [
        "bias",
        f"ahead={ahead}",
        f"depth={candidate.depth}",
        f"between={' '.join(candidate.between)}",
        f"sizes={len(x)} {len(y)}",
        f"conjunct words={len(x)}",
        f"replaced words={len(y)}",
        f"shared words={len(z)}",
        f"same size={len(x) == len(y)}",
        f"known={facts[0]}",
        f"parts known={facts}",
        f"side by side={joint in known.pairs}",
        f"is entity={candidate.conjunct in entities}",
        f"in entity={any(a < candidate.conjunct[1] and candidate.conjunct[0] < b for a, b in entities)}",
        f"first={x[0]}",
        f"last={x[-1]}",
        f"shared={' '.join(z)}",
        f"shared edge={z[0] if ahead else z[-1]}",
        f"replaced={' '.join(y)}",
        f"label={label}",
        f"outside={words[outer] if 0 <= outer < len(words) else ''}",
    ]
    for size in (2, 3):
        found += [f"ending={x[-1][-size:]}", f"same ending {size}={x[-1][-size:] == y[-1][-size:]}"]
    return found


def folds_of(number: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the (other, own) indices of each fold: names come from the other folds, as they do for a new text."""
    for fold in range(FOLDS):
        own = list(range(fold, number, FOLDS))
        yield [i for i in range(number) if i % FOLDS != fold], own
