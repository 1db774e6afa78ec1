import pytest
from spacy.vocab import Vocab

from spacy_bioner.ml.word_case import CLASSES, make_word_case
from spacy_bioner.ml.words import Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.5", 0),
        ("53", 1),
        ("insulin", 2),
        ("p53", 2),
        ("DNA", 3),
        ("A", 3),
        ("Insulin", 4),
        ("mRNA", 5),
        ("IL-2Ra", 5),
        ("-", 6),
        ("", 6),
        (" ", 6),
        ("κ", 2),
        ("中", 5),
    ],
)
def test_class_of_a_word(text, expected):
    row = make_word_case().predict(Words.from_texts(Vocab(), [text]))[0]
    assert row.shape == (CLASSES,)
    assert row.argmax() == expected
    assert row.sum() == 1
