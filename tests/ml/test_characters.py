import numpy as np
from thinc.api import NumpyOps

from spacy_bioner.ml.characters import PADDING, UNKNOWN, character_rows, init_characters, spell


def test_rare_characters_share_the_row_of_the_unknown():
    rows = character_rows(["κB", "κκ", "αα", "a"])
    assert rows.names[:2] == ("<pad>", "<unk>")
    assert "κ" in rows
    assert "α" not in rows  # twice, but in one word
    assert "z" in rows  # ASCII, seen or not
    assert rows == character_rows(["a", "αα", "κκ", "κB", "κB"])


def test_spelling():
    rows = character_rows([])
    spelling, lengths = spell(["ab", "", "aα"], rows)
    a, b = rows.index["a"], rows.index["b"]
    assert spelling.tolist() == [a, b, UNKNOWN, a, UNKNOWN]
    assert lengths.tolist() == [2, 1, 2]


def test_first_values():
    E = init_characters(NumpyOps(), 1000, 50)
    assert E.dtype == np.float32
    assert not E[PADDING].any()
    assert np.isclose(np.linalg.norm(E[1:], axis=1).mean(), 1.0, atol=0.02)
