"""How the tagger trains: faults that stop it, other components beside it, seeds and averages."""

import math

import numpy as np
import pytest
import spacy
from spacy.training import Example
from tagger_examples import CNN, SENTENCES, SMALL, build, examples, found, train
from thinc.api import Config

from spacy_bioner.errors import BionerError


def test_a_loss_that_is_not_a_number_stops_training_and_names_the_batch():
    nlp = train(build(), 3)
    pipe = nlp.get_pipe("bioner_tagger")
    good = pipe.model.to_bytes()
    bad = pipe.model.get_ref("output").get_param("b").copy()
    bad[0] = math.nan
    pipe.model.get_ref("output").set_param("b", bad)
    with pytest.raises(BionerError, match=r"B550.*TP53 mutations.*after 3 updates"):
        nlp.update(examples(nlp)[1:], sgd=nlp.create_optimizer())
    pipe.model.from_bytes(good)
    assert nlp.update(examples(nlp), losses={})["bioner_tagger"] > 0


class OutOfMemoryError(RuntimeError):
    """As torch.cuda and cupy name theirs."""


@pytest.mark.parametrize(
    "error", [MemoryError(), OutOfMemoryError("CUDA"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_out_of_memory_names_the_setting(error, monkeypatch):
    nlp = train(build(), 1)
    pipe = nlp.get_pipe("bioner_tagger")

    def fail(*_, is_train):
        raise error

    monkeypatch.setattr(pipe.model, "_func", fail)
    with pytest.raises(BionerError, match=r"B557.*4 documents \(29 words, the longest 8\).*batcher"):
        nlp.update(examples(nlp))
    with pytest.raises(BionerError, match=r"B558.*batch_size"):
        nlp("BRCA1")
    error.args = ("something else",)
    if type(error) is RuntimeError:
        with pytest.raises(RuntimeError, match="something else"):
            nlp("BRCA1")


def test_a_frozen_tagger_stays_and_an_annotating_one_shows_its_entities(monkeypatch):
    nlp = train(build(), 40)
    pipe = nlp.get_pipe("bioner_tagger")
    before = pipe.model.to_bytes()
    bag_of_words = {"exclusive_classes": True, "ngram_size": 1, "no_output_layer": False, "length": 1000}
    nlp.add_pipe("textcat", config={"model": {"@architectures": "spacy.TextCatBOW.v3", **bag_of_words}})
    data = [Example.from_dict(nlp.make_doc(t), {"entities": e, "cats": {"a": 1.0, "b": 0.0}}) for t, e in SENTENCES]
    nlp.get_pipe("textcat").initialize(lambda: data)
    seen = []
    model = nlp.get_pipe("textcat").model
    forward = model._func

    def spy(model, docs, is_train):
        seen.extend(found(doc) for doc in docs)
        return forward(model, docs, is_train)

    monkeypatch.setattr(model, "_func", spy)
    nlp.update(data, sgd=nlp.create_optimizer(), exclude=["bioner_tagger"], annotates=["bioner_tagger"])
    assert pipe.model.to_bytes() == before
    assert seen == [entities for _, entities in SENTENCES]


def test_it_listens_to_a_shared_tok2vec():
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": CNN})
    model = {
        "@architectures": "spacy-bioner.TagModel.v1",
        "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 32},
    }
    nlp.add_pipe("bioner_tagger", config={"model": model})
    train(nlp, 40)
    for text, entities in SENTENCES:
        assert found(nlp(text)) == entities
    nlp.replace_listeners("tok2vec", "bioner_tagger", ["model.tok2vec"])
    nlp.remove_pipe("tok2vec")
    assert found(nlp(SENTENCES[0][0])) == SENTENCES[0][1]


def test_a_seed_repeats_the_weights():
    first, second = (train(build(tok2vec=SMALL), 5, seed=7).get_pipe("bioner_tagger").model for _ in range(2))
    for ours, theirs in zip(first.walk(), second.walk(), strict=True):
        for name in ours.param_names:
            np.testing.assert_array_equal(ours.get_param(name), theirs.get_param(name))


def test_weights_can_be_averaged():
    nlp = build(tok2vec=SMALL)
    data = examples(nlp)
    nlp.initialize(lambda: data)
    config = Config({"optimizer": {"@optimizers": "Adam.v1", "learn_rate": 0.01, "use_averages": True}})
    optimizer = spacy.registry.resolve(config)["optimizer"]
    for _ in range(5):
        nlp.update(data, sgd=optimizer)
    model = nlp.get_pipe("bioner_tagger").model
    trained_nodes = {(node.id, name) for node in model.walk() for name in node.param_names}
    assert set(optimizer.averages) == trained_nodes
    before = model.to_bytes()
    with nlp.use_params(optimizer.averages):
        assert model.to_bytes() != before
    assert model.to_bytes() == before
