"""Windows: every piece belongs to one window, and has context there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer.windows import cut_windows

tokens = st.lists(st.integers(1, 30), min_size=1, max_size=60)


@given(tokens, st.integers(0, 5), st.integers(1, 20), st.data())
def test_each_piece_belongs_to_one_window_with_context_on_both_sides(counts, overlap, more, data):
    most = 2 * overlap + more
    ends = sorted({*data.draw(st.sets(st.integers(1, len(counts)))), len(counts)})
    sequences = np.diff([0, *ends])
    windows, too_long = cut_windows(np.array(counts), sequences, most, overlap)
    pieces = np.cumsum([0, *counts])
    bounds = [(pieces[a], pieces[b]) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    assert sorted(too_long) == sorted(b - a for a, b in bounds if b - a > most)
    owned = [piece for first, last in zip(windows.first, windows.last, strict=True) for piece in range(first, last)]
    assert owned == list(range(pieces[-1]))
    for start, end, first, last in zip(*windows, strict=True):
        begin, stop = next((a, b) for a, b in bounds if a <= first < b)
        assert begin <= start <= first < last <= end <= stop
        assert end - start <= most
        assert first - start >= min(overlap, first - begin)
        assert end - last >= min(overlap, stop - last)
        if stop - begin <= most:
            assert (start, end) == (begin, stop)


def test_a_change_of_windows_is_at_the_start_of_a_token():
    windows, _ = cut_windows(np.array([3] * 10), np.array([10]), 12, 2)
    assert set(windows.last % 3) == {0}


@pytest.mark.parametrize(("most", "overlap"), [(4, 2), (4, -1)])
def test_windows_too_small_are_an_error(most, overlap):
    with pytest.raises(BionerError, match="B706"):
        cut_windows(np.array([1]), np.array([1]), most, overlap)
