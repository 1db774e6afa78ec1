"""The choice under a budget: greedy by gain, not redundant, never over the budget."""

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.experiments.selection.choice import Budget, Candidate, choose, choose_at_random


def candidate(words, **items):
    keys = [ord(name) for name in items]
    return Candidate(words, np.array(keys, dtype=np.uint64), np.array(list(items.values()), dtype=float))


def plain(candidates, budget, decay=0.5):
    """The same choice by looking at every text at each step."""
    times = Counter(int(item) for one in candidates for item in one.items)
    seen, left, chosen, words = Counter(), list(range(len(candidates))), [], 0

    def gain(one):
        total, own = 0.0, Counter()
        for item, weight in zip(one.items.tolist(), one.weights.tolist(), strict=True):
            total += weight * (1 + log(times[item])) * decay ** (seen[item] + own[item])
            own[item] += 1
        return total

    while left and (budget.texts is None or len(chosen) < budget.texts):
        fits = [i for i in left if budget.words is None or words + candidates[i].words <= budget.words]
        if not fits:
            break
        best = min(fits, key=lambda i: (-gain(candidates[i]) / budget.cost(candidates[i]), i))
        chosen.append((best, gain(candidates[best])))
        seen.update(candidates[best].items.tolist())
        words += candidates[best].words
        left.remove(best)
    return chosen


THINGS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=5)
POOLS = st.lists(st.tuples(st.integers(0, 9), THINGS), max_size=8)


@given(POOLS, st.none() | st.integers(0, 4), st.none() | st.integers(0, 25))
def test_the_heap_chooses_what_a_full_search_does(pool, texts, words):
    candidates = [
        Candidate(n, np.array([t for t, _ in items], dtype=np.uint64), np.array([w for _, w in items], dtype=float))
        for n, items in pool
    ]
    budget = Budget(texts, words)
    if words == 0:  # texts without words would fit; a budget of nothing allows none
        assert list(choose(candidates, budget)) == []
        return
    found, expected = list(choose(candidates, budget)), plain(candidates, budget)
    if words is not None and sum(candidates[i].words for i, _ in expected) == words:
        expected = expected[: len(found)]  # likewise once no words are left
    assert [i for i, _ in found] == [i for i, _ in expected]
    assert [gain for _, gain in found] == pytest.approx([gain for _, gain in expected])


def test_fifty_are_not_the_same_one():
    pool = [candidate(5, a=1.0), candidate(5, a=0.99), candidate(5, b=0.9)]
    assert [i for i, _ in choose(pool, Budget(texts=2))] == [0, 2]
    assert [i for i, _ in choose(pool, Budget(texts=2), decay=1)] == [0, 1]


def test_what_the_pool_has_often_is_worth_more():
    pool = [candidate(5, a=1.0), *[candidate(5, b=0.6) for _ in range(4)]]
    assert next(choose(pool, Budget(texts=1)))[0] == 1


def test_words_make_gain_count_per_word():
    pool = [candidate(100, a=2.0), candidate(10, b=1.0)]
    assert [i for i, _ in choose(pool, Budget(texts=1))] == [0]
    assert [i for i, _ in choose(pool, Budget(texts=1, words=100))] == [1]
    assert [i for i, _ in choose(pool, Budget(words=99))] == [1], "a text that does not fit is passed over"


@given(st.lists(st.integers(0, 9), max_size=9), st.none() | st.integers(0, 5), st.none() | st.integers(0, 20))
def test_at_random_within_the_budget(words, texts, most):
    chosen = list(choose_at_random(words, Budget(texts, most), seed=1))
    assert len(set(chosen)) == len(chosen) <= (len(words) if texts is None else texts)
    assert most is None or sum(words[i] for i in chosen) <= most
    if texts is None and most is None:
        assert sorted(chosen) == list(range(len(words)))


def test_the_seed_decides():
    orders = {tuple(choose_at_random([1] * 9, Budget(texts=4), seed)) for seed in range(5)}
    assert len(orders) == 5
    assert [*choose_at_random([1] * 9, Budget(texts=4), 3)] == [*choose_at_random([1] * 9, Budget(texts=4), 3)]
