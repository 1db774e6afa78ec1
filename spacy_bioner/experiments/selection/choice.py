"""The choice of texts under a budget: the most to learn for the least to read, and not the same thing twice.

A text teaches several things: an unsure word, an unsure mention. Each has a weight, how unsure the model is of it; is
worth more the more texts of the pool have it (Settles & Craven 2008: information density); and is worth less each time
it is learned. So the gain of a text depends on those taken before it:

    gain(text)  =  sum over its things   weight * (1 + ln(times in the pool)) * DECAY ** (times taken before)

The next text is that with the largest gain per unit of the budget (Settles, Craven & Friedland 2008: return on
investment). The gain of a text only falls while others are taken (it is submodular), so a gain computed earlier is an
upper bound: only the texts at the top of the heap are computed again (Minoux 1978).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

DECAY = 0.5
"""What is left of the value of a thing each time it is taken."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be chosen.

    words: its length. things: a hash of each thing that it teaches, (things,). weights: of these, (things,), 0 or more.
    """

    words: int
    things: NDArray[np.uint64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most texts, and the most words of these texts together; None for any number.

    Gain is per word where words are limited, else per text.
    """

    texts: int | None = None
    words: int | None = None

    def cost(self, candidate: Candidate) -> int:
        """Return what a text takes from the budget."""
        return 1 if self.words is None else max(1, candidate.words)


def choose_at_random(words: Sequence[int], budget: Budget, seed: int) -> Iterator[int]:
    """Yield the numbers of texts in random order, as many as the budget allows. words: the length of each text."""
    order = list(range(len(words)))
    Random(seed).shuffle(order)
    texts, left = budget.texts, budget.words
    for i in order:
        if texts == 0 or left == 0:
            return
        if left is not None and words[i] > left:
            continue
        texts = None if texts is None else texts - 1
        left = None if left is None else left - words[i]
        yield i


def choose(candidates: Sequence[Candidate], budget: Budget, decay: float = DECAY) -> Iterator[tuple[int, float]]:
    """Yield the number and the gain of each chosen candidate, in the order of their choice.

    A text that is longer than the words that are left is passed over. Ties go to the earlier candidate.
    """
    seen: Counter[int] = Counter()
    texts, words = budget.texts, budget.words
    candidates = _dense(candidates)
    costs = [budget.cost(one) for one in candidates]
    heap = [(-_gain(one, seen, decay) / cost, i) for i, (one, cost) in enumerate(zip(candidates, costs, strict=True))]
    heapq.heapify(heap)
    while heap and texts != 0 and words != 0:
        _, i = heapq.heappop(heap)
        one = candidates[i]
        # Too long for the rest of the budget, which only shrinks: it never fits again.
        if words is not None and one.words > words:
            continue
        gain = _gain(one, seen, decay)
        # The gain in the heap may be outdated. It is an upper bound, so that a candidate whose current gain is not
        # below the bound of the next one is the best; otherwise it returns to the heap with its current gain.
        if heap and (-gain / costs[i], i) > heap[0]:
            heapq.heappush(heap, (-gain / costs[i], i))
            continue
        seen.update(one.things.tolist())
        texts = None if texts is None else texts - 1
        words = None if words is None else words - one.words
        yield i, gain


def _dense(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with weights that grow with the number of times that the pool has a thing."""
    if not candidates:
        return []
    _, which, times = np.unique(
        np.concatenate([one.things for one in candidates]), return_inverse=True, return_counts=True
    )
    factors = np.split(1 + np.log(times[which]), np.cumsum([len(one.things) for one in candidates])[:-1])
    return [replace(one, weights=one.weights * own) for one, own in zip(candidates, factors, strict=True)]


def _gain(candidate: Candidate, seen: Counter[int], decay: float) -> float:
    total = 0.0
    own: Counter[int] = Counter()  # a thing that occurs twice in the text itself
    for thing, weight in zip(candidate.things.tolist(), candidate.weights.tolist(), strict=True):
        total += weight * decay ** (seen[thing] + own[thing])
        own[thing] += 1
    return total
