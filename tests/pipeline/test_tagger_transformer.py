"""The tagger that listens to a transformer of spacy-transformers, a tiny one with random weights made here."""

import warnings

import pytest
import spacy
from spacy.training import Example
from tiny_bert import listening_tagger, make_tiny_bert

pytest.importorskip("spacy_transformers")

TEXTS = [("aspirin treats asthma", [(0, 7, "Drug"), (15, 21, "Disease")]), ("asthma is common", [(0, 6, "Disease")])]


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"))


def train(nlp):
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for text, entities in TEXTS]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.002
    return [nlp.update(examples, sgd=optimizer, losses={})["bioner_tagger"] for _ in range(80)]


def entities(docs):
    return [[(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents] for doc in docs]


@pytest.mark.parametrize(
    "settings",
    [{}, {"pooling": "reduce_mean.v1", "decoder": "crf"}, {"ours": False, "pooling": "reduce_mean.v1"}],
    ids=["first", "mean, CRF", "spans of spacy-transformers"],
)
def test_it_learns_through_a_listener(tiny_bert, settings):
    nlp = listening_tagger(tiny_bert, **settings)
    losses = train(nlp)
    assert losses[-1] < losses[0] / 5
    assert entities(nlp.pipe(text for text, _ in TEXTS)) == [gold for _, gold in TEXTS]


def test_it_is_saved_and_loaded(tiny_bert, tmp_path):
    nlp = listening_tagger(tiny_bert)
    train(nlp)
    nlp.to_disk(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = spacy.load(tmp_path)
        assert entities(loaded.pipe(text for text, _ in TEXTS)) == [gold for _, gold in TEXTS]


@pytest.fixture(scope="module", params=["spacy-bioner.FirstPiece.v1", "reduce_mean.v1"])
def trained(request, tiny_bert):
    nlp = listening_tagger(tiny_bert, request.param)
    train(nlp)
    return nlp


@pytest.mark.parametrize(
    "text", ["asthma xy is " * 750, "-" * 600, "is " + "-" * 600 + " common", "asthma \n\n is  common", "", "\n"]
)
def test_no_text_is_cut_off_for_the_listener(trained, text):
    nlp = spacy.util.load_model_from_config(trained.config, auto_fill=True).from_bytes(trained.to_bytes())
    nlp.tokenizer = spacy.tokenizer.Tokenizer(nlp.vocab)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        doc = nlp(text)
        nlp(text)
    assert [str(warning.message)[:6] for warning in caught] == ["[B707]"] * (len(text) >= 600)
    lengths = doc._.trf_data.align.lengths
    assert len(lengths) == len(doc)
    assert all(n > 0 for n, token in zip(lengths, doc, strict=True) if not token.is_space)
