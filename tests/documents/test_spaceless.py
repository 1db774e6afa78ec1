"""Offsets without white space: there and back, in any text that differs in white space only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.documents.document import Document, Mention, fault_of
from spacy_bioner.documents.spaceless import characters_before, with_spaces, without_spaces

SPACES = " \n\u00a0"


def words_of(document, mention):
    return ["".join(document.text[start:end].split()) for start, end in mention.parts]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(SPACES, max_size=2), st.text(SPACES, max_size=2))), st.data())
def test_mentions_have_the_same_characters_in_another_spacing(characters, data):
    one, other = (Document("".join(char + spaces[i] for char, *spaces in characters)) for i in (0, 1))
    edges = st.lists(st.integers(0, len(one.text)), min_size=2, max_size=6, unique=True)
    drawn = [sorted(each) for each in data.draw(st.lists(edges, max_size=4))] if len(one.text) > 6 else []
    parts = [tuple(zip(each[::2], each[1::2], strict=False)) for each in drawn]
    mentions = [Mention(p[0][0], p[-1][1], "X", p if len(p) > 1 else (), "T1", ("C",)) for p in parts]
    moved = without_spaces(mentions, one.text)
    assert len(moved) == len(mentions)
    back = with_spaces(moved, other.text)
    solid = [mention for mention in mentions if any(words_of(one, mention))]
    assert [words_of(other, m) for m in back] == [[w for w in words_of(one, m) if w] for m in solid]
    assert not any(fault_of(mention, len(other.text)) for mention in back)
    assert all((m.label, m.id, m.concepts) == ("X", "T1", ("C",)) for m in back)
    assert without_spaces(back, other.text) == [m for m in moved if m.start < m.end]


@pytest.mark.parametrize(
    ("mention", "moved", "back"),
    [
        (Mention(1, 3, "X"), Mention(1, 1, "X"), []),
        (Mention(0, 4, "X", ((0, 1), (1, 3), (3, 4))), Mention(0, 2, "X", ((0, 1), (1, 2))), ["a", "b"]),
        (Mention(1, 4, "X", ((1, 2), (3, 4))), Mention(1, 2, "X"), ["b"]),
        (Mention(1, 3, "X", ((1, 2), (2, 3))), Mention(1, 1, "X"), []),
    ],
)
def test_white_space_alone_becomes_empty_and_is_left_out(mention, moved, back):
    text = "a  b"
    assert without_spaces([mention], text) == [moved]
    assert [words_of(Document(text), one) for one in with_spaces([moved], text)] == ([back] if back else [])


def test_the_numbers_of_characters():
    assert characters_before("a  b c") == [0, 1, 1, 1, 2, 2, 3]
    assert characters_before("") == [0]
