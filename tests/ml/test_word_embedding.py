import numpy as np
import pytest
from gradients import check_parameter_gradients
from spacy.vectors import Vectors
from spacy.vocab import Vocab
from thinc.api import Adam, Model, fix_random_seed

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.vocabulary import set_word_counts
from spacy_bioner.ml.word_embedding import make_word_embedding
from spacy_bioner.ml.words import Words

WIDTH = 4
COUNTS = {"insulin": 5, "Insulin": 1, "p53": 3, "the": 9, "once": 1, "12": 2, "3.5": 1, "BRCA1": 1, "BRCA2": 1}


def _vocab(**vectors: float) -> Vocab:
    vocab = Vocab()
    if vectors:
        vocab.reset_vectors(width=WIDTH)
    for word, value in vectors.items():
        vocab.set_vector(word, np.full(WIDTH, value, dtype=np.float32))
    return vocab


def _model(vocab: Vocab, counts: dict[str, int] = COUNTS, **options) -> Model:
    fix_random_seed(0)
    model = make_word_embedding(WIDTH, **options)
    set_word_counts(model, counts)
    model.initialize(X=Words.from_texts(vocab, ["the"]))
    return model


def _row(model: Model, vocab: Vocab, text: str, is_train: bool = False) -> np.ndarray:
    return model(Words.from_texts(vocab, [text]), is_train)[0][0]


def _learnt(model: Model, name: str) -> np.ndarray:
    return model.get_param("E")[model.attrs["rows"].index[name]]


def test_rows_are_the_words_of_the_training_data():
    model = _model(_vocab(insulin=1, the=2, other=3))
    rows = model.attrs["rows"]
    assert rows.names[0] == "<unk>"
    assert set(rows.names[1:]) == set(COUNTS)
    assert set(rows.names[model.attrs["rare_from"] :]) == {"once", "3.5", "BRCA1", "BRCA2"}  # "Insulin" has "insulin"
    assert model.get_param("E").shape == (len(rows), WIDTH)
    assert model.get_param("E").dtype == np.float32


def test_first_values():
    model = _model(_vocab(insulin=1, the=2))
    assert (_learnt(model, "insulin") == 1).all()
    assert (_learnt(model, "Insulin") == 1).all()  # by its lower-case form
    bound = np.sqrt(3 / WIDTH)
    drawn = np.stack([_learnt(model, name) for name in ("<unk>", "p53", "once")])
    assert (np.abs(drawn) <= bound).all()
    assert len(np.unique(drawn)) == drawn.size


def test_look_up_order():
    vocab = _vocab(insulin=1, BRCA9=2, brca8=3, THE=4)
    model = _model(vocab)
    model.get_param("E")[...] = 10 + np.arange(len(model.attrs["rows"]))[:, None]
    learnt = {name: _learnt(model, name)[0] for name in model.attrs["rows"].names}
    expected = {
        "insulin": learnt["insulin"],  # learnt before its vector
        "BRCA9": 2,  # a vector of its own
        "THE": 4,  # before the learnt row of its lower-case form
        "P53": learnt["p53"],  # learnt row of the lower-case form
        "BRCA8": 3,  # vector of the lower-case form
        "unheard": learnt["<unk>"],
        "": learnt["<unk>"],
    }
    words = Words.from_texts(vocab, list(expected))
    assert model.predict(words)[:, 0].tolist() == list(expected.values())


def test_only_learnt_rows_get_a_gradient():
    vocab = _vocab(insulin=1, other=2)
    model = _model(vocab, unknown_rate=0.0)
    _, backprop = model(Words.from_texts(vocab, ["insulin", "other", "P53", "p53", "nowhere"]), True)
    backprop(np.arange(1, 6, dtype=np.float32)[:, None].repeat(WIDTH, axis=1))
    gradient = dict(zip(model.attrs["rows"].names, model.get_grad("E")[:, 0].tolist(), strict=True))
    assert {name: value for name, value in gradient.items() if value} == {"insulin": 1, "p53": 7, "<unk>": 5}
    vectors = vocab.vectors.data.copy()
    model.finish_update(Adam(0.1))
    assert np.array_equal(vocab.vectors.data, vectors)


def test_gradients():
    vocab = _vocab(insulin=1, other=2)
    words = Words.from_texts(vocab, ["insulin", "other", "P53", "p53", "nowhere"])
    check_parameter_gradients(_model(vocab, unknown_rate=0.0), words)


def test_a_number_is_a_number():
    vocab = _vocab(**{"12": 1, "3.5": 3, "p53": 5})
    words = ["7", "-7", "1,000.5", ".5", "p53", "5'", "1.2.3"]
    one = _model(vocab, numbers="token")
    assert "12" not in one.attrs["rows"]
    assert (_learnt(one, "<num>") == 2).all()  # the mean of those it stands for
    same = (one.predict(Words.from_texts(vocab, words)) == 2).all(axis=1)
    assert same.tolist() == [True, True, True, True, False, False, True]

    digits = _model(vocab, numbers="digits")
    assert {"00", "0.0", "p00", "BRCA0"} <= set(digits.attrs["rows"].names)
    assert "BRCA1" not in digits.attrs["rows"]
    assert np.array_equal(_row(digits, vocab, "BRCA7"), _learnt(digits, "BRCA0"))
    assert digits.attrs["rows"].index["BRCA0"] < digits.attrs["rare_from"]  # twice, as BRCA1 and BRCA2


def test_the_unknown_learns_from_rare_words_without_a_vector():
    vocab = _vocab(insulin=1)
    model = _model(vocab, unknown_rate=0.5)
    unknown = _learnt(model, "<unk>")
    read = {text: [np.array_equal(_row(model, vocab, text, True), unknown) for _ in range(200)] for text in COUNTS}
    assert 70 < sum(read.pop("once")) < 130
    assert all(sum(read.pop(text)) > 0 for text in ("3.5", "BRCA1", "BRCA2"))
    assert not any(any(times) for times in read.values())
    assert np.array_equal(_row(model, vocab, "once"), _learnt(model, "once"))  # never at prediction


def test_where_no_counts_are_known_no_word_is_rare():
    vocab = _vocab()
    vocab["met"]
    model = make_word_embedding(WIDTH, unknown_rate=1.0)
    model.initialize(X=Words.from_texts(vocab, ["the"]))
    assert {"met", "the"} <= set(model.attrs["rows"].names)
    for text in ("met", "the"):
        assert np.array_equal(_row(model, vocab, text, True), _learnt(model, text))


def test_frozen_vectors_stay_and_other_rows_learn():
    vocab = _vocab(insulin=1, once=1)
    model = _model(vocab, freeze_vectors=True, unknown_rate=0.0)
    texts = ["insulin", "Insulin", "nowhere", "BRCA1", "once"]
    Y, backprop = model(Words.from_texts(vocab, texts), True)
    backprop(np.ones_like(Y))
    index = model.attrs["rows"].index
    moved = {name for name, row in index.items() if model.get_grad("E")[row].any()}
    assert moved == {"BRCA1", "<unk>"}


@pytest.mark.parametrize(
    ("numbers", "rows"),
    [
        ("keep", {"the", "BRCA1", "BRCA2"}),
        ("digits", {"the", "00", "0.0", "p00", "BRCA0"}),
        ("token", {"the", "<num>", "BRCA1", "BRCA2"}),
    ],
)
def test_frozen_vectors_have_no_rows_and_are_read_as_with_rows(numbers, rows):
    vocab = _vocab(insulin=1, once=2, p53=3, **{"12": 4, "3.5": 5})
    whole, frozen = (_model(vocab, numbers=numbers, freeze_vectors=freeze) for freeze in (False, True))
    assert set(frozen.attrs["rows"].names) == {"<unk>", *rows}
    words = Words.from_texts(vocab, ["insulin", "Insulin", "INSULIN", "once", "p53", "P53", "12", "3.5"])
    assert np.array_equal(frozen.predict(words), whole.predict(words))


def test_width_is_that_of_the_vectors():
    words = Words.from_texts(_vocab(insulin=1), ["insulin"])
    model = make_word_embedding()
    model.initialize(X=words)
    assert model.get_dim("nO") == WIDTH
    without = make_word_embedding()
    without.initialize(X=Words.from_texts(Vocab(), ["insulin"]))
    assert without.get_dim("nO") == 300
    with pytest.raises(BionerError, match=r"B510.*5.*4"):
        make_word_embedding(5).initialize(X=words)


def test_floret_vectors_know_every_word():
    vocab = Vocab()
    vocab.vectors = Vectors(
        strings=vocab.strings, data=np.random.normal(size=(20, WIDTH)).astype("f"), mode="floret", hash_count=1
    )
    model = _model(vocab)
    assert np.allclose(_row(model, vocab, "unheard"), vocab.vectors["unheard"])
    assert np.allclose(_row(model, vocab, "once"), vocab.vectors["once"])
    assert model.attrs["rare_from"] == len(model.attrs["rows"])


def test_survives_bytes():
    vocab = _vocab(insulin=1, other=2)
    model = _model(vocab)
    loaded = make_word_embedding().from_bytes(model.to_bytes())
    words = Words.from_texts(vocab, [*COUNTS, "other", "nowhere"])
    assert loaded.attrs["rows"] == model.attrs["rows"]
    assert loaded.attrs["rare_from"] == model.attrs["rare_from"]
    assert np.array_equal(loaded.predict(words), model.predict(words))


def test_empty_words():
    vocab = Vocab()
    assert _model(vocab).predict(Words.from_texts(vocab, [])).shape == (0, WIDTH)
