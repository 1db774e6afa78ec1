from collections import Counter
from itertools import chain, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.corpus import splits
from spacy_bioner.errors import BionerError


def itself(item: int) -> int:
    return item


@given(st.integers(0, 60), st.integers(0, 70), st.integers(0, 70), st.integers())
def test_a_smaller_sample_begins_a_larger_one(size: int, n: int, more: int, seed: int):
    small, large = (splits.sample(iter(range(size)), count, seed) for count in (n, n + more))
    assert large[:n] == small
    assert len(set(small)) == len(small) == min(n, size)
    assert set(small) <= set(range(size))


def test_samples_are_uniform_and_known():
    assert splits.sample(range(10), 4, seed=0) == [3, 7, 5, 2]  # the same on every machine
    assert splits.sample(range(10), 4, seed=1) != splits.sample(range(10), 4, seed=0)
    drawn = Counter(item for seed in range(3000) for item in splits.sample(range(6), 2, seed))
    assert all(900 < drawn[item] < 1100 for item in range(6))


@given(st.integers(0, 40), st.floats(0, 1), st.integers())
def test_share_is_a_sample_of_the_rounded_size(size: int, share: float, seed: int):
    assert splits.sample_share(range(size), share, seed) == splits.sample(range(size), round(share * size), seed)


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(2, 7), st.integers())
def test_folds_are_disjoint_complete_even_and_keep_groups(items: list[int], k: int, seed: int):
    numbered = list(enumerate(items))
    folds = [list(splits.fold(numbered, k, [i], seed, lambda pair: pair[1])) for i in range(k)]
    assert sorted(chain(*folds)) == numbered
    assert all(fold == sorted(fold) for fold in folds)
    groups = [{group for _, group in fold} for fold in folds]
    assert sum(map(len, groups)) == len(set(items))
    assert max(map(len, groups)) - min(map(len, groups)) <= 1


@given(st.integers(2, 6))
def test_every_round_of_folds_uses_all_and_every_fold_tests_once(k: int):
    rounds = [splits.fold_parts(k, number) for number in range(k)]
    for parts in rounds:
        assert sorted(parts["train"] + parts["dev"] + parts["test"]) == list(range(k))
        assert parts["train+dev"] == sorted(parts["train"] + parts["dev"])
    assert sorted(parts["test"][0] for parts in rounds) == list(range(k))
    for k_, number in ((1, 0), (k, k), (k, -1)):
        with pytest.raises(BionerError, match="B221"):
            splits.fold_parts(k_, number)


@given(
    st.lists(st.integers(0, 30), max_size=60),
    st.sampled_from([(0.6, 0.1, 0.3), (70, 30), (0.34, 0.33, 0.33)]),
    st.integers(),
)
def test_splits_are_disjoint_complete_and_in_proportion(items: list[int], shares: tuple[float, ...], seed: int):
    numbered = list(enumerate(items))
    parts = [splits.split(numbered, shares, [i], seed, lambda pair: pair[1]) for i in range(len(shares))]
    assert sorted(chain(*parts)) == numbered
    for part, share in zip(parts, shares, strict=True):
        assert part == sorted(part)
        assert abs(len({group for _, group in part}) - share / sum(shares) * len(set(items))) <= 1
    both = splits.split(numbered, shares, [0, 1], seed, lambda pair: pair[1])
    assert both == sorted(parts[0] + parts[1])


NAN = [
    (float("nan"), 50, 50),
    (50, 50, float("nan")),
    (float("nan"), 1),
    (1, float("inf")),
    (float("-inf"), float("inf")),
]


@pytest.mark.parametrize("shares", [(1.0,), (0.5, 0.6), (0.5, -0.5, 1.0), (0.25,) * 4, (), *NAN])
def test_shares_that_make_no_split_are_coded(shares: tuple[float, ...]):
    with pytest.raises(BionerError, match="B222"):
        splits.split_parts(shares)


def test_folds_stream():
    stream = splits.fold(count(), 3, [0], 0, itself)
    assert [next(stream) // 3 for _ in range(5)] == [0, 1, 2, 3, 4]
