"""The settings of a transfer are checked before anything is loaded."""

import dataclasses

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.training.transfer.callback import make_transfer_weights
from spacy_bioner.training.transfer.settings import TransferSettings


@pytest.mark.parametrize(
    "layers", ["char, word,encode", ["char", "word", "encode"], ("char", "word", "encode", "char")]
)
def test_layers_are_a_list_or_a_string(layers):
    assert TransferSettings("model", layers).names == ["char", "word", "encode"]
    assert TransferSettings("model").names == ["char", "word", "encode", "output", "crf"]


def test_settings_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TransferSettings("model").layers = "all"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("B613", {"layers": "chars"}),
        ("B613", {"layers": [1]}),
        ("B613", {"layers": ""}),
        ("B617", {"freeze": {"output": 1}}),
        ("B617", {"freeze": {"char": 0}}),
        ("B617", {"freeze": {"char": -2}}),
        ("B617", {"freeze": {"char": 1.5}}),
        ("B617", {"freeze": {"char": True}}),
        ("B617", {"freeze": {"char": "2"}}),
        ("B623", {"freeze": ["char"]}),
        ("B623", {"labels": "Drug"}),
        ("B623", {"strict": "no"}),
        ("B623", {"extend": 0}),
    ],
)
def test_wrong_values_and_types_are_named(code, settings):
    for make, path in ((TransferSettings, "model"), (make_transfer_weights, "model"), (make_transfer_weights, None)):
        with pytest.raises(BionerError, match=code):
            make(path, **settings)
