"""Layer builders, schedules, batchers and callbacks refuse values of the right shape that mean nothing."""

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.char_cnn import make_char_cnn
from spacy_bioner.ml.char_lstm import make_char_bilstm
from spacy_bioner.ml.language_model.model import make_bilm_model
from spacy_bioner.ml.recurrent import make_bilstm, make_two_way_lstm
from spacy_bioner.ml.tok2vec import make_char_bilstm_bilstm, make_char_cnn_bilstm
from spacy_bioner.ml.word_embedding import make_word_embedding
from spacy_bioner.training.anneal import make_anneal
from spacy_bioner.training.batching import make_batch_by_length
from spacy_bioner.training.epochs import make_train_by_epochs
from spacy_bioner.training.plateau import make_plateau

NAN = float("nan")
SIZES = (0, -1, 2.5, "3", True, None)
SHARES = (-0.1, 1.1, NAN, "0.5", True)
RATES = (-1.0, NAN, float("inf"), "0.1")


def bilm(**settings):
    return make_bilm_model(make_char_cnn_bilstm(hidden=4), **settings)


def plateau(initial_rate=0.1, **settings):
    return next(make_plateau(initial_rate, **settings))


def anneal(initial_rate=0.1, **settings):
    return next(make_anneal(initial_rate, **settings))


def batches(size=10, **settings):
    return make_batch_by_length(size, **settings)


def epochs(epochs=1, **settings):
    return make_train_by_epochs(epochs, **settings)


ENCODERS = {"hidden": SIZES, "depth": SIZES, "max_length": SIZES, "unknown_rate": SHARES}
OPTIONS = {"numbers": ("none", 1), "directions": ("apart", None), "dropout_unit": ("words",), "by_sentence": ("no", 1)}
WRONG = [
    (make_char_cnn_bilstm, {**ENCODERS, **OPTIONS, "max_filters": SIZES, "filters_per_width": SIZES}),
    (make_char_bilstm_bilstm, {**ENCODERS, **OPTIONS, "case_features": ("yes",)}),
    (make_char_cnn, {"dim": SIZES, "max_width": SIZES}),
    (make_char_bilstm, {"dim": SIZES, "hidden": SIZES}),
    (make_bilstm, {"dropout": (*SHARES, 1.0)}),
    (make_two_way_lstm, {"dropout": (*SHARES, 1.0)}),
    (make_word_embedding, {"width": (0, -1, "3"), "freeze_vectors": ("no", None)}),
    (bilm, {"min_count": SIZES, "max_words": (-1, 1.5), "full_up_to": SIZES}),
    (plateau, {"initial_rate": RATES, "factor": SHARES, "patience": SIZES, "min_rate": RATES}),
    (anneal, {"initial_rate": RATES, "total_steps": (-1, 1.5, "9"), "warmup": (*SHARES, 1.0), "shape": ("square",)}),
    (batches, {"size": SIZES, "pool": SIZES}),
    (epochs, {"epochs": SIZES, "patience": (-1, 1.5, None), "evaluate_every": (0, -1, NAN, "1")}),
]


@pytest.mark.parametrize(
    ("build", "setting", "values"),
    [(build, setting, values) for build, settings in WRONG for setting, values in settings.items()],
)
def test_values_that_mean_nothing_are_refused(build, setting, values):
    build()
    for value in values:
        with pytest.raises(BionerError, match=rf"\[(B623|B551)\] .*\b{setting} = "):
            build(**{setting: value})
