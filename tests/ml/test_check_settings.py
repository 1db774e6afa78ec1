"""Layer builders, schedules, batchers and callbacks refuse values of the right shape that mean nothing."""

import inspect
from importlib.metadata import distribution
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.char_cnn import make_char_cnn
from spacy_bioner.ml.char_lstm import make_char_bilstm
from spacy_bioner.ml.language_model.head import make_lm_head
from spacy_bioner.ml.language_model.model import make_bilm_model
from spacy_bioner.ml.language_model.pretraining import make_pretrain_bilm
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


def pretrain(**settings):
    return make_pretrain_bilm({"a": 9}, **settings)


def plateau(initial_rate=0.1, **settings):
    return next(make_plateau(initial_rate, **settings))


def anneal(initial_rate=0.1, **settings):
    return next(make_anneal(initial_rate, **settings))


def batches(size=10, **settings):
    return make_batch_by_length(size, **settings)


def epochs(epochs=1, **settings):
    return make_train_by_epochs(epochs, **settings)


CUTOFFS = ([5, 2], [2, 2], [1, 5, 5], [0, 3], [2.5], "9", None)
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
    (bilm, {"min_count": SIZES, "max_words": (-1, 1.5), "full_up_to": SIZES, "cutoffs": CUTOFFS}),
    (make_lm_head, {"full_up_to": SIZES, "cutoffs": CUTOFFS, "shrink": SIZES}),
    (pretrain, {"full_up_to": SIZES, "cutoffs": CUTOFFS}),
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
        with pytest.raises(BionerError, match=rf"\[(B623|B551)\] .*\b{setting}(\[\d\])? = "):
            build(**{setting: value})


GROUPS = ("spacy_architectures", "thinc_layers", "thinc_optimizers", "thinc_schedules", "spacy_batchers")
BUILDERS = {entry.name: entry for entry in distribution("spacy-bioner").entry_points if entry.group in GROUPS}
GIVEN = {"name": "x", "words": {"a": 9}, "initial_rate": 0.1, "total_steps": 9, "size": 9, "scheme": "BIO"}
"""Values of settings without a default."""


def value_of(name, hint):
    """A valid value of a setting without a default."""
    if name in GIVEN:
        return GIVEN[name]
    return make_char_cnn_bilstm(hidden=4)


def wrong_values(hint):
    """Values of the right shape, by the type of a setting, that mean nothing, whatever the setting is."""
    kinds = get_args(hint) if isinstance(hint, UnionType) or get_origin(hint) is not None else (hint,)
    if get_origin(hint) is Literal or any(get_origin(kind) is Literal for kind in kinds) or bool in kinds:
        return ["no such", 2]
    if int in kinds:
        return [-5, 1.5, "no such"]
    if float in kinds:
        return [-1.0, "no such"]
    return [7] if hint is str else []


def settings_of(build):
    hints = get_type_hints(build)
    for name, parameter in inspect.signature(build).parameters.items():
        yield name, hints.get(name, Any), parameter.default is inspect.Parameter.empty


@pytest.mark.parametrize("name", BUILDERS)
def test_every_registered_builder_refuses_wrong_settings(name):
    for package in ("torch", "transformers", "spacy_transformers"):
        pytest.importorskip(package)
    build = BUILDERS[name].load()
    given = {setting: value_of(setting, hint) for setting, hint, needed in settings_of(build) if needed}

    def make(**settings):
        made = build(**{**given, **settings})
        if inspect.isgenerator(made):
            next(made)
        return made

    assert make() is not None
    passed = []
    for setting, hint, _ in settings_of(build):
        for wrong in wrong_values(hint):
            try:
                make(**{setting: wrong})
            except BionerError:
                continue
            passed.append((setting, wrong))
    assert not passed
