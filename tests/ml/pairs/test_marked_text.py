"""Marks in the text of a pair, and the window that is read of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bioner.ml.pairs.marked_text import mark, window
from spacy_bioner.ml.pairs.pair import Entity, Pair

WORDS = ["One", ".", "The", "BRCA", "1", "gene", "in", "breast", "cancer", ".", "More"]
DOC = Doc(Vocab(), words=WORDS, spaces=[False, True, True, False, True, True, True, True, False, True, False])
GENE, DISEASE = Entity(3, 5, "Gene"), Entity(7, 9, "Disease")


def marked(pair, style="replace", marks=()):
    text, first, second = mark(pair, style, dict(marks))
    return text, text[slice(*first)], text[slice(*second)]


def test_mentions_are_replaced():
    pair = Pair(DOC, GENE, DISEASE, 2, 10)
    assert marked(pair) == ("The @GENE$ gene in @DISEASE$.", "@GENE$", "@DISEASE$")
    assert marked(pair, marks={"Gene": "XX"}) == ("The XX gene in @DISEASE$.", "XX", "@DISEASE$")
    assert marked(Pair(DOC, DISEASE, GENE, 2, 10)) == marked(pair)


def test_typed_markers_tell_head_from_tail():
    text, *_ = marked(Pair(DOC, GENE, DISEASE, 2, 10), "typed")
    assert text == "The @ * gene * BRCA1 @ gene in # ^ disease ^ breast cancer #."
    text, *_ = marked(Pair(DOC, DISEASE, GENE, 2, 10), "typed")
    assert text == "The # ^ gene ^ BRCA1 # gene in @ * disease * breast cancer @."


@pytest.mark.parametrize(
    ("pieces", "first", "second", "expected"),
    [
        (10, (0, 1), (3, 4), [(0, 10)]),
        (100, (50, 52), (56, 60), [(50, 60)]),
        (100, (52, 54), (56, 58), [(50, 60)]),
        (100, (1, 2), (3, 4), [(0, 10)]),
        (100, (96, 97), (98, 100), [(90, 100)]),
        (100, (20, 21), (60, 61), [(18, 23), (58, 63)]),
    ],
)
def test_windows(pieces, first, second, expected):
    assert window(pieces, first, second, 10) == expected


@given(st.data())
def test_no_mention_is_cut_that_fits_half_a_window(data):
    pieces, most = data.draw(st.integers(8, 200)), data.draw(st.integers(8, 40))
    a, b, c, d = sorted(data.draw(st.lists(st.integers(0, pieces), min_size=4, max_size=4)))
    runs = window(pieces, (a, b), (c, d), most)
    assert sum(end - start for start, end in runs) <= most or pieces <= most
    read = {i for run in runs for i in range(*run)}
    assert read <= set(range(pieces))
    for low, high in ((a, b), (c, d)):
        if high - low <= most // 2 - 1 or d - a <= most:
            assert set(range(low, high)) <= read
