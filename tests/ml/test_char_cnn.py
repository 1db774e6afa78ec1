import numpy as np
import pytest
import torch
from gradients import check_parameter_gradients
from hypothesis import given
from hypothesis import strategies as st
from spacy.vocab import Vocab
from thinc.api import fix_random_seed

from spacy_bioner.ml.char_cnn import make_char_cnn
from spacy_bioner.ml.characters import PADDING, spell
from spacy_bioner.ml.words import Words

TEXTS = ["IL-2", "a", "insulin", "p53", "hypercholesterolaemia", "ααα", "", "IL-2R", "mmmmm"]


def _model(*sizes: int, texts: list[str] = TEXTS):
    fix_random_seed(0)
    model = make_char_cnn(*sizes)
    model.initialize(X=Words.from_texts(Vocab(), texts))
    model.set_param("b", np.random.normal(size=model.get_dim("nO")).astype(np.float32))
    return model


class Convolution(torch.nn.Module):
    """The same features by torch's own convolution, word by word."""

    def __init__(self, model):
        super().__init__()
        self.rows = model.attrs["rows"]
        self.E = torch.nn.Parameter(torch.from_numpy(model.get_param("E").copy()))
        self.convs = torch.nn.ModuleList()
        biases = np.split(model.get_param("b"), np.cumsum(model.attrs["filters"])[:-1])
        for width, (count, bias) in enumerate(zip(model.attrs["filters"], biases, strict=True), start=1):
            conv = torch.nn.Conv1d(model.get_dim("nI"), count, width)
            conv.weight.data = torch.from_numpy(model.get_param(f"W{width}").transpose(0, 2, 1).copy())
            conv.bias.data = torch.from_numpy(bias.copy())
            self.convs.append(conv)

    def forward(self, texts):
        return torch.cat([self.features(text) for text in texts])

    def features(self, text):
        spelling, _ = spell([text], self.rows)
        x = self.E[torch.from_numpy(spelling)].t().unsqueeze(0)
        outputs = []
        for width, conv in enumerate(self.convs, start=1):
            padded = torch.nn.functional.pad(x, ((width - 1) // 2, width // 2))
            outputs.append(conv(padded).max(dim=2).values)
        return torch.tanh(torch.cat(outputs, 1))


@pytest.mark.parametrize("sizes", [(50, 7, 50, 200), (6, 1, 3, 9), (6, 2, 3, 9), (5, 5, 4, 10)])
def test_equals_an_ordinary_convolution_in_outputs_and_gradients(sizes):
    model = _model(*sizes)
    words = Words.from_texts(Vocab(), TEXTS)
    reference = Convolution(model)
    Y, backprop = model(words, is_train=True)
    expected = reference(TEXTS)
    assert np.allclose(Y, expected.detach().numpy(), atol=1e-5)

    dY = np.random.default_rng(0).normal(size=Y.shape).astype(np.float32)
    backprop(dY)
    expected.backward(torch.from_numpy(dY))
    d_E = reference.E.grad.numpy().copy()
    d_E[PADDING] = 0
    assert np.allclose(model.get_grad("E"), d_E, atol=1e-5)
    biases = np.split(model.get_grad("b"), np.cumsum(model.attrs["filters"])[:-1])
    for width, (conv, d_b) in enumerate(zip(reference.convs, biases, strict=True), start=1):
        assert np.allclose(model.get_grad(f"W{width}"), conv.weight.grad.numpy().transpose(0, 2, 1), atol=1e-5)
        assert np.allclose(d_b, conv.bias.grad.numpy(), atol=1e-5)


def test_the_paper_has_1100_filters():
    model = make_char_cnn()
    assert model.attrs["filters"] == [50, 100, 150, 200, 200, 200, 200]
    assert model.get_dim("nO") == 1100


def test_gradients():
    check_parameter_gradients(_model(4, 3, 5, 12), Words.from_texts(Vocab(), TEXTS), step=1e-3, tolerance=2e-2)


@given(st.lists(st.text("ab-7α", max_size=9), min_size=1, max_size=8, unique=True))
def test_a_word_reads_the_same_alone_and_among_others(texts):
    model = _model(4, 5, 2, 6)
    vocab = Vocab()
    together = model.predict(Words.from_texts(vocab, texts))
    for text, row in zip(texts, together, strict=True):
        assert np.allclose(model.predict(Words.from_texts(vocab, [text]))[0], row, atol=1e-6)


def test_words_of_more_than_255_characters_find_their_maximum():
    model = _model(4, 3, 2, 6)
    texts = ["ab" * 200 + "Q", "ab" * 200]
    words = Words.from_texts(Vocab(), texts)
    Y, backprop = model(words, is_train=True)
    reference = Convolution(model)
    expected = reference(texts)
    assert np.allclose(Y, expected.detach().numpy(), atol=1e-5)
    backprop(np.ones_like(Y))
    expected.sum().backward()
    at = model.attrs["rows"].index["Q"]
    assert np.allclose(model.get_grad("E")[at], reference.E.grad[at], atol=1e-5)


def test_survives_bytes():
    model = _model(6, 3, 4, 9)
    loaded = make_char_cnn(6, 3, 4, 9).from_bytes(model.to_bytes())
    words = Words.from_texts(Vocab(), [*TEXTS, "neverseen"])
    assert loaded.attrs["rows"] == model.attrs["rows"]
    assert np.array_equal(loaded.predict(words), model.predict(words))
