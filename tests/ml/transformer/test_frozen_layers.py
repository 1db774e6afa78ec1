"""Frozen lower layers: nothing of them learns, and what is above learns as before."""

from copy import deepcopy

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from thinc.api import Adam
from tiny_bert import make_tiny_bert, transformers

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.answers.answer_transformer import make_answer_transformer
from spacy_bioner.ml.pairs.pair_transformer import make_pair_transformer
from spacy_bioner.ml.transformer.frozen_layers import freeze_layers
from spacy_bioner.ml.transformer.model import make_transformer

SIZES = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 20}


def network(kind):
    import torch

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**SIZES, max_position_embeddings=16)
    return getattr(transformers, f"{kind}Model")(config).eval()


def gradients(model):
    import torch

    output = model(input_ids=torch.arange(5, 13).reshape(2, 4)).last_hidden_state
    output[:, 0].pow(2).sum().backward()
    return {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "MPNet", "DistilBert", "Electra"])
@pytest.mark.parametrize("count", [1, 2])
def test_the_layers_above_learn_as_before(kind, count):
    whole = network(kind)
    frozen = deepcopy(whole)
    freeze_layers(frozen, count)
    expected, found = gradients(whole), gradients(frozen)
    layers = [name for name in expected if any(f"layer.{i}." in name for i in range(count, 3))]
    assert set(found) == set(layers)
    assert len(found) < len(expected)
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient.numpy(), expected[name].numpy(), atol=1e-6)


@pytest.mark.parametrize(("kind", "count"), [("Bert", 3), ("Bert", 9), ("Albert", 1)])
def test_a_network_without_a_layer_to_learn_is_an_error(kind, count):
    with pytest.raises(BionerError, match="B794"):
        freeze_layers(network(kind), count)


def test_zero_freezes_nothing():
    model = network("Albert")
    freeze_layers(model, 0)
    assert all(weight.requires_grad for weight in model.parameters())


def test_a_component_trains_the_upper_layers_before_and_after_it_is_saved(tmp_path):
    folder = make_tiny_bert(tmp_path)
    doc = Doc(spacy.blank("en").vocab, words=["asthma", "is", "common"])
    model = make_transformer(str(folder), max_pieces=64, overlap=8, frozen_layers=1)
    model.initialize()
    other = make_transformer("", max_pieces=64, overlap=8, frozen_layers=1).from_bytes(model.to_bytes())
    for one in (model, other, model.copy()):
        weights = one.shims[0].network.named_parameters
        before = {name: weight.detach().clone() for name, weight in weights()}
        (rows,), backprop = one.begin_update([doc])
        backprop([np.ones_like(rows) * np.arange(rows.shape[1], dtype="f")])
        one.finish_update(Adam(0.01))
        changed = {name for name, weight in weights() if not bool((weight == before[name]).all())}
        assert changed
        assert all(name.startswith("encoder.layer.1.") for name in changed)


@pytest.mark.parametrize("make", [make_transformer, make_pair_transformer, make_answer_transformer])
def test_every_network_takes_the_setting_and_checks_it(make, tmp_path):
    folder = str(make_tiny_bert(tmp_path))
    with pytest.raises(BionerError, match="B623"):
        make(folder, frozen_layers=-1)
    encoder = make(folder, frozen_layers=1)
    (shim,) = (shim for node in encoder.walk() for shim in node.shims)
    assert shim.frozen_layers == 1
