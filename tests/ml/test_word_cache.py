import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.vocab import Vocab
from thinc.api import Adam, Model

from spacy_bioner.ml import word_cache
from spacy_bioner.ml.char_lstm import make_char_bilstm
from spacy_bioner.ml.word_cache import make_word_cache
from spacy_bioner.ml.words import Words

TEXTS = ["IL-2", "a", "insulin", "p53", "b", "c"]


def _model(size: int = 100) -> Model:
    model = make_word_cache(make_char_bilstm(3, 2), size)
    model.initialize(X=Words.from_texts(Vocab(), TEXTS))
    return model


def _counted(model: Model) -> list[int]:
    """How many words the inner layer is asked for, call by call."""
    layer, asked = model.layers[0], []
    inner = layer._func

    def forward(model, words, is_train):
        asked.append(len(words))
        return inner(model, words, is_train)

    layer._func = forward
    return asked


def test_computes_a_word_once():
    model, vocab = _model(), Vocab()
    asked = _counted(model)
    first = model.predict(Words.from_texts(vocab, TEXTS[:4]))
    again = model.predict(Words.from_texts(vocab, [*reversed(TEXTS[:4]), "new"]))
    assert np.array_equal(again[3::-1], first)
    model.predict(Words.from_texts(vocab, TEXTS[:4]))
    assert asked == [4, 1]


@pytest.mark.parametrize("size", [3, 100])
def test_many_words_are_computed_in_portions(monkeypatch, size):
    monkeypatch.setattr(word_cache, "PORTION", 2)
    model, words = _model(size), Words.from_texts(Vocab(), TEXTS[:5])
    asked = _counted(model)
    portions = model.predict(words)
    assert asked == [2, 2, 1]
    assert np.allclose(portions, model.layers[0].predict(words), atol=1e-6)


def test_training_passes_through():
    model, words = _model(), Words.from_texts(Vocab(), TEXTS)
    asked = _counted(model)
    Y, backprop = model(words, is_train=True)
    model(words, is_train=True)
    assert asked == [6, 6]
    backprop(np.ones_like(Y))
    assert model.layers[0].has_grad("E")


def test_an_update_is_seen_whenever_the_prediction_came():
    model, words = _model(), Words.from_texts(Vocab(), TEXTS)
    before = model.predict(words)
    Y, backprop = model(words, is_train=True)
    backprop(np.ones_like(Y))
    assert np.array_equal(model.predict(words), before)  # between the gradient and the step
    model.finish_update(Adam(0.1))
    after = model.predict(words)
    assert not np.allclose(after, before)
    assert np.allclose(after, model.layers[0].predict(words), atol=1e-6)


def test_loaded_and_averaged_parameters_are_seen():
    model, words = _model(), Words.from_texts(Vocab(), TEXTS)
    saved, before = model.to_bytes(), model.predict(words)
    layer = model.layers[0]
    averages = {(layer.id, "U0"): layer.get_param("U0") * 2}
    with model.use_params(averages):
        assert np.allclose(model.predict(words), layer.predict(words), atol=1e-6)
        assert not np.allclose(model.predict(words), before)
    assert np.allclose(model.predict(words), before, atol=1e-6)
    layer.get_param("E")[5:] += 1.0
    assert not np.allclose(model.predict(words), before)
    model.from_bytes(saved)
    assert np.allclose(model.predict(words), before, atol=1e-6)


@given(st.lists(st.lists(st.sampled_from(TEXTS), unique=True), max_size=6), st.integers(1, 5))
def test_the_bound_holds_and_changes_nothing(batches, size):
    model, free, vocab = _model(size), _model(1000), Vocab()
    free.from_bytes(model.to_bytes())
    for texts in batches:
        words = Words.from_texts(vocab, texts)
        assert np.allclose(model.predict(words), free.predict(words), atol=1e-6)
        assert len(model.attrs["cache"]) <= size


@pytest.mark.parametrize(
    "copy", [lambda m: pickle.loads(pickle.dumps(m.attrs["cache"])), lambda m: m.copy().attrs["cache"]]
)
def test_rows_stay_with_their_process(copy):
    model = _model(7)
    model.predict(Words.from_texts(Vocab(), TEXTS))
    assert len(model.attrs["cache"]) == 6
    assert len(copy(model)) == 0
    assert copy(model).size == 7
    assert model.to_dict()["attrs"][0] == {}
