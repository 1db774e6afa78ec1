"""What is found in a pipeline whose components share an encoder, and word vectors that differ between two."""

import warnings

import numpy as np
import pytest
import spacy
from spacy.training import Example
from spacy.vectors import Vectors
from thinc.api import fix_random_seed
from tiny_bert import listening_tagger, make_tiny_bert

from spacy_bioner.errors import BionerError
from spacy_bioner.training.transfer.callback import transfer_weights
from spacy_bioner.training.transfer.settings import TransferSettings
from spacy_bioner.training.transfer.source_model import find_component, other_vectors

ENCODER = {
    "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
    "hidden": 6,
    "char_dim": 4,
    "max_char_width": 2,
    "filters_per_width": 4,
    "freeze_vectors": True,
}
SOURCE = [("TP53 mutations cause cancer .", [(0, 4, "Gene"), (21, 27, "Disease")])]
TARGET = [("APOE is found in the mouse .", [(0, 4, "Gene")])]
WORDS = ["TP53", "mutations", "cause", "cancer", ".", "is", "in", "the", "mouse"]


def table(seed=0, width=5, words=WORDS, strings=None, times=1.0):
    data = np.random.default_rng(seed).normal(size=(len(WORDS), width)).astype("float32") * times
    strings = strings or spacy.blank("en").vocab.strings
    return Vectors(strings=strings, data=data[: len(words)], keys=[strings.add(word) for word in words])


def tagger(data=TARGET, shared=False, vectors=None, seed=1, names=("ner",)):
    fix_random_seed(seed)
    nlp = spacy.blank("en")
    if vectors is not None:
        nlp.vocab.vectors = table(strings=nlp.vocab.strings, **vectors)
    tok2vec = ENCODER
    if shared:
        nlp.add_pipe("tok2vec", config={"model": ENCODER})
        tok2vec = {"@architectures": "spacy.Tok2VecListener.v1", "width": 12, "upstream": "*"}
    for name in names:
        nlp.add_pipe(
            "bioner_tagger",
            name=name,
            config={"model": {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": tok2vec}},
        )
    pairs = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in data]
    nlp.initialize(lambda: pairs)
    return nlp


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_a_shared_encoder_is_that_of_the_component_that_listens_to_it(old, new, tmp_path):
    source, target = tagger(SOURCE, shared=old, seed=0), tagger(shared=new)
    source.to_disk(tmp_path / "source")
    before = find_component(target, None, "here", "component")
    assert before.listens is new
    assert before.layers.known == ["char", "word", "encode", "output", "crf"]
    transfers = transfer_weights(target, TransferSettings(tmp_path / "source"))
    assert {step.layer for step in transfers if step.copied} == set(before.layers.known)
    theirs = find_component(source, None, "there", "component").layers
    for name in theirs.encode.param_names:
        np.testing.assert_array_equal(before.layers.encode.get_param(name), theirs.encode.get_param(name))
    text = "TP53 mutations cause"  # every word and tag of it is the source's
    docs = [nlp(text) for nlp in (source, target)]
    assert [ent.text for ent in docs[0].ents] == [ent.text for ent in docs[1].ents]


def test_one_of_two_that_share_an_encoder_is_named(tmp_path):
    tagger(SOURCE, shared=True, seed=0).to_disk(tmp_path / "source")
    target = tagger(shared=True, names=("ner", "second"))
    with pytest.raises(BionerError, match=r"B612.*2 components.*ner, second"):
        transfer_weights(target, TransferSettings(tmp_path / "source"))
    plan = transfer_weights(target, TransferSettings(tmp_path / "source", component="second"))
    assert {"encode", "output"} <= {step.layer for step in plan if step.copied}
    with pytest.raises(BionerError, match=r"B614.*'tok2vec'.*'output'"):
        transfer_weights(target, TransferSettings(tmp_path / "source", ["output"], component="tok2vec"))


def test_a_shared_transformer_does_not_stand_still_by_freeze(tmp_path):
    pytest.importorskip("spacy_transformers")
    nlp = listening_tagger(make_tiny_bert(tmp_path / "bert"), name="ner")
    pairs = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in TARGET]
    nlp.initialize(lambda: pairs)
    nlp.to_disk(tmp_path / "source")
    with pytest.raises(BionerError, match=r"B621.*'ner'.*grad_factor"):
        transfer_weights(nlp, TransferSettings(tmp_path / "source", freeze={"encode": 3}))
    transfers = transfer_weights(nlp, TransferSettings(tmp_path / "source"))
    assert {step.layer for step in transfers if step.copied} == {"encode", "output"}


@pytest.mark.parametrize("kind", ["tok2vec", "ner"])
def test_what_other_packages_update_is_frozen_throughout_or_not_at_all(kind, tmp_path):
    """They count no batches."""
    tagger(SOURCE, seed=0).to_disk(tmp_path / "source")
    if kind == "tok2vec":
        nlp = tagger(shared=True)
    else:
        nlp = spacy.blank("en")
        nlp.add_pipe("ner", config={"model": {"tok2vec": ENCODER}})
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in TARGET]
    optimizer = nlp.initialize(lambda: examples)
    with pytest.raises(BionerError, match=r"B626.*encode = 3.*'ner'.*-1"):
        transfer_weights(nlp, TransferSettings(tmp_path / "source", freeze={"encode": 3}))
    transfer_weights(nlp, TransferSettings(tmp_path / "source", freeze={"encode": -1}))
    layers = find_component(nlp, None, "here", "component").layers
    before = {name: getattr(layers, name).get_param("E").copy() for name in ("char", "word")}
    encode = {name: layers.encode.get_param(name).copy() for name in layers.encode.param_names}
    for _ in range(3):
        nlp.update(examples, sgd=optimizer)
    for name, value in encode.items():
        np.testing.assert_array_equal(layers.encode.get_param(name), value)
    assert not all(np.array_equal(getattr(layers, name).get_param("E"), value) for name, value in before.items())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ({"times": 2.0}, {}, "2 times as long"),
        ({"seed": 1}, {}, "the same words have other vectors"),
        ({}, None, "the target has none"),
    ],
)
def test_other_word_vectors_are_told(old, new, fault, tmp_path):
    tagger(SOURCE, vectors=old, seed=0).to_disk(tmp_path / "source")
    with pytest.warns(UserWarning, match=f"B620.*{fault}"):
        transfer_weights(tagger(vectors=new), TransferSettings(tmp_path / "source", ["encode"], strict=False))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        transfer_weights(tagger(vectors=old), TransferSettings(tmp_path / "source"))
        transfer_weights(tagger(vectors=new), TransferSettings(tmp_path / "source", ["crf"]))  # which reads none


def test_how_two_tables_differ():
    ours = table()
    none = Vectors(shape=(0, 0))
    assert other_vectors(ours, table()) == other_vectors(none, Vectors(shape=(0, 0))) == ""
    assert other_vectors(ours, table(words=WORDS[:3])) == ""
    assert other_vectors(none, ours) == "the source has none"
    assert other_vectors(ours, none) == "the target has none"
    assert "5 numbers, those of the target 4" in other_vectors(ours, table(width=4))
    assert "0.5 times" in other_vectors(ours, table(times=2))
    assert "no word in common" in other_vectors(ours, table(words=["other"]))
    assert "other vectors" in other_vectors(ours, table(seed=1))
