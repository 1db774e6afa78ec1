"""Span algebra against brute force over every set of short spans."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner import spans
from spacy_bioner.errors import BionerError

some_spans = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 5), st.sampled_from("XY")).map(lambda t: (t[0], t[0] + t[1], t[2])),
    max_size=8,
)


def flat(kept):
    return not any(spans.overlaps(a, b) for a, b in combinations(kept, 2))


def greedy(items, key):
    """The definition: again and again take the first by ``key`` among those that overlap nothing taken."""
    left, taken = list(range(len(items))), []
    while left:
        best = min(left, key=key)
        taken.append(best)
        left = [i for i in left if i != best and not spans.overlaps(items[i], items[best])]
    return sorted(taken, key=lambda i: items[i][0])


@given(some_spans)
def test_leftmost_longest_is_the_greedy_reading(items):
    assert spans.leftmost_longest(items) == greedy(items, lambda i: (items[i][0], -items[i][1], i))


@given(some_spans)
def test_longest_first_is_the_greedy_reading(items):
    assert spans.longest_first(items) == greedy(items, lambda i: (items[i][0] - items[i][1], items[i][0], i))


@given(some_spans, st.data())
def test_best_first_is_the_greedy_reading(items, data):
    scores = data.draw(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=len(items), max_size=len(items)))
    assert spans.best_first(items, scores) == greedy(items, lambda i: (-scores[i], items[i][0], -items[i][1], i))


@given(some_spans, some_spans)
def test_merge_policies(a, b):
    earlier = [a[i] for i in spans.longest_first(a)]
    ours = [b[i] for i in spans.longest_first(b)]
    merged = {policy: spans.merge(earlier, ours, policy) for policy in ("keep", "override", "replace", "longest")}
    for result in merged.values():
        assert flat(result)
        assert result == sorted(result, key=lambda span: span[0])
    assert set(earlier) <= set(merged["keep"])
    assert set(ours) <= set(merged["override"])
    assert merged["replace"] == ours
    for policy, first in (("keep", earlier), ("override", ours)):
        for span in {*earlier, *ours} - set(merged[policy]):
            assert any(spans.overlaps(span, other) for other in first)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)).map(lambda t: (t[0], sum(t))), max_size=8))
def test_what_is_covered_is_a_set_of_positions(items):
    covered, positions = spans.Covered(), set()
    for item in items:
        covered.add(item)
        positions.update(range(*item))
        for start in range(19):
            for end in range(start, 19):
                assert covered.shares((start, end)) == bool(positions & {*range(start, end)})


def test_longest_policy_prefers_the_longer_then_the_earlier():
    assert spans.merge([(0, 2, "A")], [(1, 4, "B")], "longest") == [(1, 4, "B")]
    assert spans.merge([(0, 2, "A")], [(1, 3, "B")], "longest") == [(0, 2, "A")]
    assert spans.merge([(1, 3, "A")], [(1, 3, "B")], "longest") == [(1, 3, "A")]


def test_unknown_policy_is_named():
    with pytest.raises(BionerError, match=r"B006.*'best'.*keep"):
        spans.merge([], [], "best")
