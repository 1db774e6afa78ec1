import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bioner.ml.words import Words, distinct_words

TEXTS = st.lists(st.lists(st.text("abAB ", min_size=1, max_size=2), max_size=6), min_size=1, max_size=4)


@given(TEXTS)
def test_every_token_finds_its_word(texts):
    vocab = Vocab()
    words, rows = distinct_words([Doc(vocab, words=text) for text in texts])
    tokens = [token for text in texts for token in text]
    assert [words.texts[row] for row in rows] == tokens
    assert sorted(words.texts) == sorted(set(tokens))


def test_words_from_texts_are_those_of_docs():
    vocab = Vocab()
    words = Words.from_texts(vocab, ["p53", "", "κ"])
    assert words.texts == ["p53", "", "κ"]
    assert len(words) == 3
    assert words.select(np.array([2, 0])).texts == ["κ", "p53"]
    from_doc, _ = distinct_words([Doc(vocab, words=["p53"])])
    assert from_doc.keys[0] == words.keys[0]
