"""An evaluation under ``use_averages`` is of averaged weights in every part of a network."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import fix_random_seed
from tiny_bert import listening_tagger, make_tiny_bert

from spacy_bioner.ml.adam import make_adam
from spacy_bioner.ml.transformer.model import make_transformer
from spacy_bioner.ml.transformer.name_transformer import make_name_transformer

VOCAB = spacy.blank("en").vocab
DOCS = [Doc(VOCAB, words=["asthma", "is", "common"]), Doc(VOCAB, words=["aspirin", "treats", "cancer"])]
TEXT = "aspirin treats asthma"


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"))


def own_tagger(folder):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    tok2vec = {"@architectures": "spacy-bioner.Transformer.v1", "name": str(folder), "max_pieces": 64, "overlap": 8}
    nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": tok2vec}})
    return nlp


def trained(nlp, rate=0.01):
    examples = [Example.from_dict(nlp.make_doc(TEXT), {"entities": [(0, 7, "Drug"), (15, 21, "Disease")]})]
    nlp.initialize(lambda: examples)
    optimizer = make_adam(rate, use_averages=True)
    for _ in range(8):
        nlp.update(examples, sgd=optimizer)
    return optimizer


def shims(nlp):
    return [shim for _, pipe in nlp.pipeline for node in pipe.model.walk() for shim in node.shims]


def weights(shim):
    return {(shim.id, name): weight.detach().numpy().copy() for name, weight in shim._model.named_parameters()}


def same(one, two):
    return one.keys() == two.keys() and all(np.array_equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize("build", [own_tagger, listening_tagger])
def test_the_averages_are_used_in_evaluation_and_saved_with_the_best_model(build, tiny_bert, tmp_path):
    if build is listening_tagger:
        pytest.importorskip("spacy_transformers")
    nlp = build(tiny_bert)
    optimizer = trained(nlp)
    (shim,) = shims(nlp)
    last, doc = weights(shim), nlp(TEXT)
    averages = {key: value.copy() for key, value in optimizer.averages.items()}
    with nlp.use_params(optimizer.averages):
        used = weights(shim)
        # The weights without a gradient, those of the pooler, have no average.
        assert len(used.keys() & averages.keys()) > 20
        assert same(used, {key: averages.get(key, value) for key, value in last.items()})
        assert not same(used, last)
        nlp.to_disk(tmp_path / "best")  # as `spacy train` does
        best = nlp(TEXT).spans["bioner"].attrs["scores"]
    assert same(weights(shim), last)
    assert nlp(TEXT).spans["bioner"].attrs["scores"] == doc.spans["bioner"].attrs["scores"] != best
    assert spacy.load(tmp_path / "best")(TEXT).spans["bioner"].attrs["scores"] == pytest.approx(best, abs=1e-4)
    assert same(optimizer.averages, averages)


def learn(model, steps=8):
    rng, optimizer = np.random.default_rng(0), make_adam(0.02, L2=0.0, use_averages=True)
    for _ in range(steps):
        rows, backprop = model.begin_update(DOCS)
        backprop([rng.normal(size=found.shape).astype("f") for found in rows])
        model.finish_update(optimizer)
    return optimizer.averages


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_converted_weights_are_those_in_use(precision, tiny_bert):
    model = make_transformer(str(tiny_bert), max_pieces=64, overlap=8, precision=precision)
    model.initialize()
    averages = learn(model)
    before = model.predict(DOCS)[0]
    with model.use_params(averages):
        inside = model.predict(DOCS)[0]
    again = model.predict(DOCS)[0]
    plain = make_transformer(str(tiny_bert), max_pieces=64, overlap=8, precision=precision)
    plain.initialize()
    for name, weight in plain.shims[0].network.named_parameters():
        if (model.shims[0].id, name) in averages:
            weight.data[:] = weight.new_tensor(averages[model.shims[0].id, name])
    np.testing.assert_allclose(inside, plain.predict(DOCS)[0], atol=1e-5)
    np.testing.assert_array_equal(again, before)
    assert not np.allclose(inside, before, atol=0.05)


def test_weights_without_an_average_stay(tiny_bert):
    model = make_transformer(str(tiny_bert), max_pieces=64, overlap=8, frozen_layers=1)
    model.initialize()
    (shim,) = model.shims
    averages, last = learn(model), weights(shim)
    frozen = {key for key in last if "layer.1" not in key[1]}
    assert len(frozen) > 10
    assert not frozen & averages.keys()
    with model.use_params(averages):
        assert {key for key, value in weights(shim).items() if np.array_equal(value, last[key])} == frozen
    with model.use_params({}), model.use_params({(shim.id + 1, key[1]): value for key, value in averages.items()}):
        assert same(weights(shim), last)


def test_an_error_in_evaluation_leaves_the_last_weights(tiny_bert):
    model = make_transformer(str(tiny_bert), max_pieces=64, overlap=8)
    model.initialize()
    averages, last = learn(model), weights(model.shims[0])

    def evaluate():
        with model.use_params(averages):
            assert not same(weights(model.shims[0]), last)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        evaluate()
    assert same(weights(model.shims[0]), last)


@pytest.mark.parametrize("make", [make_transformer, make_name_transformer])
def test_a_network_that_is_not_open_yet_has_no_weights_to_swap(make):
    with make("").use_params({(1, "weight"): np.ones(1)}):
        pass
