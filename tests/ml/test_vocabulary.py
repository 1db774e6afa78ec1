from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import chain

from spacy_bioner.ml.char_lstm import make_char_bilstm
from spacy_bioner.ml.vocabulary import count_words, set_word_counts, take_word_counts
from spacy_bioner.ml.word_embedding import make_word_embedding
from spacy_bioner.ml.words import Words


def test_counts_reach_every_layer_that_asks_and_leave_nothing_behind():
    vocab = Vocab()
    counts = count_words([Doc(vocab, words=["a", "b", "a"]), Doc(vocab, words=["b", "a"])])
    assert counts == {"a": 3, "b": 2}
    word, char = make_word_embedding(4), make_char_bilstm(3, 2)
    set_word_counts(chain(word, char), counts)
    assert take_word_counts(word, None) == counts == take_word_counts(char, None)
    assert take_word_counts(word, None) == {}


def test_without_counts_the_vocabulary_is_what_it_has_met():
    vocab = Vocab()
    vocab["met"]
    counts = take_word_counts(make_word_embedding(4), Words.from_texts(vocab, ["shown"]))
    assert {"met", "shown"} <= set(counts)
    assert set(counts.values()) == {0}  # not known
