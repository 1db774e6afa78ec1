import numpy as np
from gradients import check_parameter_gradients
from hypothesis import given
from hypothesis import strategies as st
from spacy.vocab import Vocab
from thinc.api import fix_random_seed

from spacy_bioner.ml.char_lstm import make_char_bilstm
from spacy_bioner.ml.characters import PADDING, spell
from spacy_bioner.ml.recurrent import make_bilstm
from spacy_bioner.ml.sequences import TokenRows
from spacy_bioner.ml.words import Words

TEXTS = ["IL-2", "a", "insulin", "p53", "hypercholesterolaemia", "ααα", ""]


def _model(dim: int = 5, hidden: int = 4):
    fix_random_seed(0)
    model = make_char_bilstm(dim, hidden)
    model.initialize(X=Words.from_texts(Vocab(), TEXTS))
    return model


def test_gives_the_last_state_of_each_direction():
    model = _model()
    spelling, lengths = spell(TEXTS, model.attrs["rows"])
    net = make_bilstm(4)
    X = TokenRows(model.get_param("E"), spelling, lengths)
    net.initialize(X=X)
    for name in net.param_names:
        net.set_param(name, model.get_param(name))
    states = np.split(net.predict(X), np.cumsum(lengths)[:-1])
    expected = [np.concatenate([word[-1, :4], word[0, 4:]]) for word in states]
    assert np.allclose(model.predict(Words.from_texts(Vocab(), TEXTS)), expected, atol=1e-6)


def test_gradients():
    model = _model()
    check_parameter_gradients(model, Words.from_texts(Vocab(), TEXTS))
    assert not model.get_grad("E")[PADDING].any()


@given(st.lists(st.text("ab-7α", max_size=9), min_size=1, max_size=8, unique=True))
def test_a_word_reads_the_same_alone_and_among_others(texts):
    model, vocab = _model(), Vocab()
    together = model.predict(Words.from_texts(vocab, texts))
    for text, row in zip(texts, together, strict=True):
        assert np.allclose(model.predict(Words.from_texts(vocab, [text]))[0], row, atol=1e-6)


def test_survives_bytes():
    model = _model()
    loaded = make_char_bilstm(5, 4).from_bytes(model.to_bytes())
    words = Words.from_texts(Vocab(), [*TEXTS, "neverseen"])
    assert loaded.attrs["rows"] == model.attrs["rows"]
    assert np.array_equal(loaded.predict(words), model.predict(words))
