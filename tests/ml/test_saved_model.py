"""Which saved networks a network takes: by the names of the layers that hold something, and by what they hold."""

import shutil

import numpy as np
import pytest
import spacy
import srsly
from small_networks import ENCODER
from spacy.training import Example
from thinc.api import Config, Linear, Maxout, Model, chain, concatenate, fix_random_seed, residual, with_array

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.saved_model import read_model

TEXT = "Aspirin eases asthma"
OF_SPACY = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 12,
    "depth": 1,
    "embed_size": 50,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
    "pretrained_vectors": None,
}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 12, "upstream": "tok2vec"}


def trained(nlp):
    fix_random_seed(0)
    given = {"entities": [(0, 7, "Drug"), (14, 20, "Disease")]}
    examples = [Example.from_dict(nlp.make_doc(TEXT), given)]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    return nlp


def listening(tok2vec, tagger="bioner_tagger"):
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": tok2vec})
    nlp.add_pipe(tagger, name="tagger", config={"model": {"tok2vec": LISTENER}})
    return trained(nlp)


def scores(nlp):
    doc = nlp(TEXT)
    group = doc.spans["bioner"]
    return [(span.text, span.label_) for span in group], group.attrs["scores"]


def standalone(nlp, listeners=("model.tok2vec",)):
    """Replace the listener of the tagger, and remove what it listened to."""
    (heard,) = (name for name in nlp.pipe_names if name != "tagger")
    nlp.replace_listeners(heard, "tagger", list(listeners))
    nlp.remove_pipe(heard)
    return nlp


@pytest.mark.parametrize("tok2vec", [OF_SPACY, ENCODER], ids=["of spaCy", "ours"])
@pytest.mark.parametrize("tagger", ["bioner_tagger", "bioner_biobert"])
def test_a_tagger_whose_listener_was_replaced_is_loaded_again(tok2vec, tagger, tmp_path):
    nlp = standalone(listening(tok2vec, tagger))
    expected = scores(nlp)
    nlp.to_disk(tmp_path / "first")
    second = spacy.load(tmp_path / "first")
    assert scores(second) == expected
    # The names that the chains have now are those of the config: they change places once more, in both directions.
    second.to_disk(tmp_path / "second")
    assert scores(spacy.load(tmp_path / "second")) == expected
    held = second.get_pipe("tagger").to_bytes()
    assert scores(trained(spacy.load(tmp_path / "first"))) != expected
    nlp.update([Example.from_dict(nlp.make_doc(TEXT), {"entities": []})], sgd=nlp.create_optimizer())
    assert scores(nlp) != expected
    nlp.get_pipe("tagger").from_bytes(held)
    assert scores(nlp) == expected


def test_a_tagger_whose_config_replaces_its_listener_is_loaded_again(tmp_path):
    listening(OF_SPACY).to_disk(tmp_path / "source")
    sourced = {"source": str(tmp_path / "source"), "component": "tagger", "replace_listeners": ["model.tok2vec"]}
    config = {"nlp": {"lang": "en", "pipeline": ["tagger"]}, "components": {"tagger": sourced}}
    nlp = spacy.util.load_model_from_config(Config(config), auto_fill=True)
    nlp.to_disk(tmp_path / "saved")
    assert scores(spacy.load(tmp_path / "saved")) == scores(nlp)


@pytest.mark.parametrize("ours", [False, True], ids=["of spacy-transformers", "ours"])
def test_a_tagger_takes_over_the_transformer_that_it_listened_to(ours, tmp_path):
    pytest.importorskip("spacy_transformers")
    from tiny_bert import listening_tagger, make_tiny_bert

    nlp = standalone(trained(listening_tagger(make_tiny_bert(tmp_path / "bert"), ours=ours, name="tagger")))
    expected = scores(nlp)
    nlp.to_disk(tmp_path / "saved")
    second = spacy.load(tmp_path / "saved")
    assert scores(second) == expected
    examples = [Example.from_dict(second.make_doc(TEXT), {"entities": []})]
    second.update(examples, sgd=second.resume_training())
    assert scores(second) != expected  # it learns
    assert scores(nlp) == expected
    if ours:  # spacy-transformers forgets which checkpoint it was
        trained_on = network_of(nlp)
        for pipeline in (nlp, second):
            pipeline.initialize(lambda: examples)
            assert not np.array_equal(network_of(pipeline), trained_on)
        assert np.array_equal(network_of(nlp), network_of(second))
        shutil.rmtree(tmp_path / "bert")
        kept = spacy.load(tmp_path / "saved")
        with pytest.warns(UserWarning, match="B777"):
            kept.initialize(lambda: examples)
        assert np.array_equal(network_of(kept), trained_on)


def network_of(nlp):
    (model,) = (node for node in nlp.get_pipe("tagger").model.walk() if node.name == "transformer")
    return next(model.transformer.parameters()).detach().numpy().copy()


def test_a_tagger_without_a_listener_reads_foreign_documents_with_its_own_vectors():
    """The chain is still named after the listener, whose documents must not be copied."""
    nlp = standalone(listening(ENCODER))
    foreign = spacy.blank("en").make_doc(TEXT)
    (read,) = nlp.get_pipe("tagger")._in_own_vocab([foreign])
    assert read.vocab is nlp.vocab


def linear(name="linear"):
    model = Linear(2, 2).initialize()
    model.name = name
    return model


def with_own(name):
    """Return a combinator that has a parameter of its own."""
    return Model(name, lambda model, X, is_train: (X, None), layers=[linear()], params={"E": np.ones((2, 2), "f")})


@pytest.mark.parametrize(
    ("saved", "wanted"),
    [
        (linear("other"), linear()),
        (chain(linear(), linear("other")), chain(linear(), linear())),
        (residual(linear()), with_array(linear())),
        (residual(chain(linear(), linear())), with_array(chain(linear(), linear()))),
        (residual(linear()), chain(linear(), linear())),
        (chain(linear(), linear()), chain(linear(), linear(), linear())),
        (chain(linear(), residual(linear())), chain(linear(), with_array(linear()))),
        (with_own("other"), with_own("own")),
        (with_own("other(linear)"), with_own("own(linear)")),
    ],
)
def test_a_network_of_other_layers_is_refused(saved, wanted):
    held = wanted.to_bytes()
    with pytest.raises(ValueError, match="it has "):
        read_model(wanted, srsly.msgpack_loads(saved.to_bytes()))
    assert wanted.to_bytes() == held


def test_a_layer_keeps_its_name():
    """A file cannot rename a layer, so that its shapes are checked by what the layer is."""
    saved = chain(concatenate(linear(), linear()), Maxout(2, 4).initialize())
    wanted = saved.copy()
    names = [node.name for node in wanted.walk()]
    saved.name, saved.layers[0].name = "tok2vec-listener>>maxout", "(|((>>"
    read_model(wanted, srsly.msgpack_loads(saved.to_bytes()))
    assert [node.name for node in wanted.walk()] == names


def test_a_setting_of_another_size_is_refused_behind_a_replaced_listener(tmp_path):
    standalone(listening(OF_SPACY)).to_disk(tmp_path / "saved")
    for setting, value in (("embed_size", 60), ("width", 16), ("maxout_pieces", 3), ("depth", 2)):
        config = {"components": {"tagger": {"model": {"tok2vec": {setting: value}}}}}
        with pytest.raises(BionerError, match="B580"):
            spacy.load(tmp_path / "saved", config=config)
