import numpy as np
import pytest
import srsly

pytest.importorskip("transformers")

from tiny_bert import make_tiny_bert

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.saved_model import read_model
from spacy_bioner.ml.transformer.checkpoints import open_checkpoint
from spacy_bioner.ml.transformer.name_transformer import make_name_transformer

NAMES = ["asthma", "breast cancer", "a", "", "cancer of the breast", "asthma"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("names"))


def opened(checkpoint, **settings):
    model = make_name_transformer(str(checkpoint), **settings)
    model.initialize()
    return model


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_rows_are_those_of_transformers_in_the_order_of_the_names(checkpoint, pooling):
    import torch

    rows = opened(checkpoint, pooling=pooling, max_batch_pieces=8).predict(NAMES)
    tokenizer, network = open_checkpoint(checkpoint)
    for name, row in zip(NAMES, rows, strict=True):
        with torch.no_grad():
            hidden = network(**tokenizer(name, return_tensors="pt")).last_hidden_state[0]
        expected = hidden[0] if pooling == "first" else hidden.mean(dim=0)
        np.testing.assert_allclose(row, expected.numpy(), atol=1e-5)


def test_names_are_cut_at_the_most_pieces(checkpoint):
    model = opened(checkpoint, max_pieces=8)
    rows = model.predict(["breast " * 6, "breast " * 60])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)
    assert model.predict([]).shape == (0, 32)


def test_it_is_saved_whole(checkpoint):
    model = opened(checkpoint, pooling="mean")
    other = make_name_transformer("", pooling="mean")
    read_model(other, srsly.msgpack_loads(model.to_bytes()))
    np.testing.assert_allclose(other.predict(NAMES), model.predict(NAMES), atol=1e-5)
    with pytest.raises(BionerError, match="B586"):  # its vectors would be others than those the linker was made with
        read_model(make_name_transformer("", pooling="first"), srsly.msgpack_loads(model.to_bytes()))


@pytest.mark.parametrize("wrong", [{"pooling": "last"}, {"precision": "int1"}, {"max_pieces": 2}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(BionerError, match="B623"):
        make_name_transformer("x", **wrong)
