"""Selection of texts under an annotation budget: informative, representative of the pool, and not redundant.

A text consists of items, words or mentions. An item has a weight, the model's uncertainty about it; it is worth more
the more often the pool has it (information density, Settles & Craven 2008), and less each time that it was selected
before. Thus the gain of a text depends on the texts selected before it:

    gain(text)  =  sum over its items   weight * (1 + ln(times in the pool)) * DECAY ** (times selected before)

The next text is the one with the largest gain per unit of the budget (return on investment, Settles, Craven & Friedland
2008). The gain of a text can only fall while others are selected (it is submodular), so that a gain computed earlier is
an upper bound: only the texts at the top of the heap are evaluated again (lazy greedy, Minoux 1978).
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
"""Factor on the value of an item each time that it is selected."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be selected.

    words: its length. items: hashes of its items, shape (items,). weights: their weights, shape (items,), 0 or more.
    """

    words: int
    items: NDArray[np.uint64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Budget:
    """Maximum number of texts, and of words of all texts; None for no limit.

    If the words are limited, texts are ranked by gain per word, else by gain per text.
    """

    texts: int | None = None
    words: int | None = None

    def cost(self, candidate: Candidate) -> int:
        """Return the share of the budget that a text takes: its words, or 1 if only texts are limited."""
        return 1 if self.words is None else max(1, candidate.words)


def choose_at_random(words: Sequence[int], budget: Budget, seed: int) -> Iterator[int]:
    """Yield the indices of texts in random order, as many as the budget allows. words: the length of each text."""
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
    """Yield the index and the gain of each selected candidate, in the order of selection.

    A text with more words than are left in the budget is skipped. Of equal candidates the earlier one is selected.
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
        # Too long for the rest of the budget, which can only shrink: it is dropped for good.
        if words is not None and one.words > words:
            continue
        gain = _gain(one, seen, decay)
        # The gain in the heap may be outdated. It is an upper bound, so that a candidate whose current gain is not
        # below the bound of the next one is the best; otherwise it returns to the heap with its current gain.
        if heap and (-gain / costs[i], i) > heap[0]:
            heapq.heappush(heap, (-gain / costs[i], i))
            continue
        seen.update(one.items.tolist())
        texts = None if texts is None else texts - 1
        words = None if words is None else words - one.words
        yield i, gain


def _dense(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with their weights multiplied by the density of each item in the pool."""
    if not candidates:
        return []
    _, which, times = np.unique(
        np.concatenate([one.items for one in candidates]), return_inverse=True, return_counts=True
    )
    factors = np.split(1 + np.log(times[which]), np.cumsum([len(one.items) for one in candidates])[:-1])
    return [replace(one, weights=one.weights * own) for one, own in zip(candidates, factors, strict=True)]


def _gain(candidate: Candidate, seen: Counter[int], decay: float) -> float:
    total = 0.0
    own: Counter[int] = Counter()  # an item may occur twice in the text itself
    for item, weight in zip(candidate.items.tolist(), candidate.weights.tolist(), strict=True):
        total += weight * decay ** (seen[item] + own[item])
        own[item] += 1
    return total
