import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.util import registry

from spacy_bioner.errors import BionerError
from spacy_bioner.training.batching import make_batch_by_length

lengths = st.lists(st.integers(0, 60), max_size=80)


@given(lengths, st.integers(1, 100), st.integers(1, 5))
def test_every_item_comes_out_once_in_batches_of_the_size(sizes, size, pool):
    items = [(i,) * length for i, length in enumerate(sizes)]
    batches = list(make_batch_by_length(size, pool)(items))
    assert sorted(item for batch in batches for item in batch) == sorted(items)
    for batch in batches:
        assert batch
        assert len(batch) == 1 or sum(map(len, batch)) <= size


def test_a_pool_is_sorted_by_length_and_a_seed_repeats_the_order():
    items = ["x" * n for n in random.Random(3).choices(range(1, 50), k=400)]
    batcher = make_batch_by_length(100, 1000)
    random.seed(7)
    first = list(batcher(items))
    spreads = [len(batch[-1]) - len(batch[0]) for batch in first]
    assert max(spreads) <= 5
    assert [len(batch[0]) for batch in first] != sorted(len(batch[0]) for batch in first)
    random.seed(7)
    assert list(batcher(items)) == first


def test_it_is_registered_and_streams():
    def stream():
        while True:
            yield "words"

    batcher = registry.batchers.get("spacy-bioner.batch_by_length.v1")(size=10, pool=2)
    assert next(iter(batcher(stream()))) == ["words", "words"]


@pytest.mark.parametrize(("size", "pool"), [(0, 1), (1, 0)])
def test_sizes_below_one_are_refused(size, pool):
    with pytest.raises(BionerError, match="B623"):
        make_batch_by_length(size, pool)
