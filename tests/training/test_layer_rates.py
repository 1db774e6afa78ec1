"""Layers that learn faster or slower than the others."""

import numpy as np
import pytest
import spacy
from small_networks import ENCODER
from spacy.training import Example
from thinc.api import SGD, Adam, fix_random_seed

from spacy_bioner.errors import BionerError
from spacy_bioner.training.layer_rates import make_layer_rates
from spacy_bioner.training.transfer.layers import LAYERS, find_layers

DATA = [
    ("BRCA1 raises the risk of breast cancer .", [(0, 5, "Gene"), (25, 38, "Disease")]),
    ("Aspirin treats asthma .", [(15, 21, "Disease")]),
]
RATE = 0.01
FIXED = {**ENCODER, "unknown_rate": 0.0}
"""An encoder that reads the same words in each training."""


def pipeline(factory="bioner_tagger", tok2vec=FIXED, rates=None, decoder="crf"):
    """Build and initialise a pipeline with these layer rates."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    kinds = {
        "bioner_tagger": {"@architectures": "spacy-bioner.TagModel.v1", "decoder": decoder, "scheme": "BIO"},
        "bioner_bilm": {"@architectures": "spacy-bioner.BiLM.v1", "min_count": 1},
    }
    nlp.add_pipe(factory, name="part", config={"model": {**kinds[factory], "tok2vec": tok2vec}})
    nlp.initialize(lambda: examples(nlp))
    make_layer_rates(rates)(nlp)
    return nlp


def examples(nlp):
    return [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in DATA]


def parameters(nlp):
    """Return a copy of each parameter by its layer, those of a transformer by their names in torch."""
    layers = find_layers(nlp.get_pipe("part").model)
    values = {}
    for layer in layers.known:
        node = getattr(layers, layer)
        values[layer] = {name: node.get_param(name).copy() for name in node.param_names}
        for shim in node.shims:
            values[layer] |= {key: value.numpy().copy() for key, value in shim.network.state_dict().items()}
    return values


def moves(nlp, optimizer):
    """Return how far one update moves each layer."""
    before = parameters(nlp)
    nlp.update(examples(nlp), sgd=optimizer)
    after = parameters(nlp)
    return {
        layer: np.concatenate([(after[layer][name] - value).ravel() for name, value in values.items()])
        for layer, values in before.items()
    }


@pytest.mark.parametrize(
    ("factory", "layer"),
    [
        *(("bioner_tagger", layer) for layer in LAYERS),
        *(("bioner_bilm", layer) for layer in LAYERS if layer != "crf"),
    ],
)
def test_a_layer_moves_by_a_multiple_and_the_others_as_before(factory, layer):
    plain = moves(pipeline(factory), SGD(1.0, grad_clip=0.0))
    assert np.abs(plain[layer]).max() > 1e-4
    for multiple in (0.0, 0.1, 3.0):
        moved = moves(pipeline(factory, rates={layer: multiple}), SGD(1.0, grad_clip=0.0))
        for name, distance in plain.items():
            wanted = multiple * distance if name == layer else distance
            assert np.allclose(moved[name], wanted, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("multiple", [0.1, 3.0])
def test_adam_takes_the_rate_though_its_step_ignores_the_scale_of_gradients(multiple):
    moved = moves(pipeline(rates={"output": multiple}), Adam(RATE, L2=0.0, grad_clip=0.0, eps=1e-12))
    assert np.abs(moved["output"]).max() == pytest.approx(multiple * RATE, rel=1e-2)
    assert np.abs(moved["encode"]).max() == pytest.approx(RATE, rel=1e-2)


def test_the_rate_holds_in_each_update_and_the_schedule_goes_on():
    nlp, optimizer = pipeline(rates={"output": 0.5}), SGD(iter([0.1, 0.01, 0.001]), grad_clip=0.0)
    plain, other = pipeline(), SGD(iter([0.1, 0.01, 0.001]), grad_clip=0.0)
    for _ in range(2):
        for given in (optimizer, other):
            given.step_schedules()
        slow, full = moves(nlp, optimizer)["output"], moves(plain, other)["output"]
        assert 0.4 < np.linalg.norm(slow) / np.linalg.norm(full) < 0.6


def test_the_weights_of_a_transformer_have_the_rate_of_encode(tmp_path):
    tiny_bert = pytest.importorskip("tiny_bert")
    folder = tiny_bert.make_tiny_bert(tmp_path / "bert", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    tok2vec = {"@architectures": "spacy-bioner.Transformer.v1", "name": str(folder), "max_pieces": 64, "overlap": 8}
    plain = moves(pipeline(tok2vec=tok2vec), SGD(1.0, grad_clip=0.0))
    moved = moves(pipeline(tok2vec=tok2vec, rates={"encode": 0.0, "output": 20}), SGD(1.0, grad_clip=0.0))
    assert np.abs(plain["encode"]).max() > 0
    assert not moved["encode"].any()
    assert np.allclose(moved["output"], 20 * plain["output"], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_a_label_that_is_added_changes_no_rate(decoder):
    nlp = pipeline(decoder=decoder)
    layers = ["output", "crf"] if decoder == "crf" else ["output"]
    make_layer_rates(dict.fromkeys(layers, 0.0))(nlp)
    nlp.get_pipe("part").add_label("Drug")
    moved = moves(nlp, SGD(1.0))
    assert not any(moved[layer].any() for layer in layers)
    assert moved["encode"].any()


@pytest.mark.parametrize("factory", ["ner", "spancat", "textcat", "tok2vec"])
def test_components_of_other_packages_have_no_rates(factory):
    """Their ``finish_update`` knows no rates: a layer with rate 0 would learn as before."""
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy.TextCatCNN.v2", "exclusive_classes": True, "nO": None, "tok2vec": FIXED}
    config = {"textcat": {"model": model}, "tok2vec": {"model": FIXED}}.get(factory, {"model": {"tok2vec": FIXED}})
    nlp.add_pipe(factory, name="part", config=config)
    with pytest.raises(BionerError, match=r"B625.*'part'"):
        make_layer_rates({"encode": 0.0}, component="part")(nlp)


def test_a_saved_pipeline_has_the_rate_of_the_optimizer(tmp_path):
    nlp = pipeline(rates={"output": 0.0})
    assert not moves(nlp, SGD(RATE))["output"].any()
    nlp.to_disk(tmp_path / "saved")
    assert moves(spacy.load(tmp_path / "saved"), SGD(RATE))["output"].any()


@pytest.mark.parametrize(
    ("error", "rates"),
    [
        ("B623.*layer = 'head'.*char, word, encode, output, crf", {"head": 1}),
        ("B623.*word = -1", {"word": -1}),
        ("B623.*word = nan", {"word": float("nan")}),
        ("B623.*word = 'slow'", {"word": "slow"}),
        ("B623.*rates = 0.1.*a table", 0.1),
    ],
)
def test_wrong_rates_are_refused_at_once(error, rates):
    with pytest.raises(BionerError, match=error):
        make_layer_rates(rates)


def test_layers_that_the_component_lacks():
    with pytest.raises(BionerError, match=r"B614.*'part' has no layer 'crf'"):
        pipeline("bioner_bilm", rates={"crf": 2})
    with pytest.raises(BionerError, match=r"B611.*'ner'.*part"):
        make_layer_rates({"crf": 2}, component="ner")(pipeline())
    make_layer_rates({"crf": 2})(spacy.blank("en"))  # as in `spacy pretrain`


def test_a_transformer_that_it_listens_to_learns_at_one_rate(tmp_path):
    pytest.importorskip("spacy_transformers")
    tiny_bert = pytest.importorskip("tiny_bert")
    nlp = tiny_bert.listening_tagger(tiny_bert.make_tiny_bert(tmp_path), name="ner")
    nlp.initialize(lambda: examples(nlp))
    with pytest.raises(BionerError, match=r"B624.*'encode'.*'ner' listens"):
        make_layer_rates({"encode": 0.1})(nlp)
    make_layer_rates({"output": 2})(nlp)
