"""``bioner_biobert``: a tagger that holds its transformer, and gives what transformers itself gives."""

import shutil

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import fix_random_seed
from tiny_bert import make_tiny_bert, transformers

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.biobert import DEFAULT_MODEL

TEXTS = [
    ("aspirin treats asthma", [(0, 7, "Drug"), (15, 21, "Disease")]),
    ("breast cancer is common", [(0, 13, "Disease")]),
    ("the cause of asthmaitis is not known", [(13, 23, "Disease")]),
    ("nothing is found", []),
]


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"), "BertForTokenClassification", num_labels=5)


def make(folder, **settings):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    tok2vec = {"name": str(folder), "max_pieces": 64, "overlap": 8, **settings.pop("tok2vec", {})}
    nlp.add_pipe("bioner_biobert", config={"model": {"tok2vec": tok2vec, **settings}})
    return nlp


def examples_of(nlp):
    return [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for text, entities in TEXTS]


def train(nlp, updates=40):
    examples = examples_of(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    return [nlp.update(examples, sgd=optimizer, losses={}, drop=0.1)["bioner_biobert"] for _ in range(updates)]


def entities(docs):
    return [[(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents] for doc in docs]


@pytest.mark.parametrize(
    "settings",
    [{}, {"decoder": "crf", "scheme": "IOBES"}, {"tok2vec": {"pooling": "mean"}}],
    ids=["softmax", "crf", "mean"],
)
def test_it_learns(tiny_bert, settings):
    nlp = make(tiny_bert, **settings)
    losses = train(nlp)
    assert losses[-1] < losses[0] / 5
    assert entities(nlp.pipe(text for text, _ in TEXTS)) == [gold for _, gold in TEXTS]


def test_its_default_is_biobert_which_is_not_opened_before_it_is_needed():
    nlp = spacy.blank("en")
    tagger = nlp.add_pipe("bioner_biobert")
    assert DEFAULT_MODEL["tok2vec"]["name"] == "dmis-lab/biobert-base-cased-v1.1"
    assert tagger.scheme == "BIO"
    assert tagger.model.get_ref("tok2vec").shims[0].network is None


def test_it_is_saved_and_loaded_whole(tiny_bert, tmp_path):
    shutil.copytree(tiny_bert, tmp_path / "bert")
    nlp = make(tmp_path / "bert")
    train(nlp)
    nlp.to_disk(tmp_path / "pipeline")
    shutil.rmtree(tmp_path / "bert")
    loaded = spacy.load(tmp_path / "pipeline")
    texts = [text for text, _ in TEXTS]
    assert entities(loaded.pipe(texts)) == entities(nlp.pipe(texts)) == [gold for _, gold in TEXTS]
    scores = [[doc.spans["bioner"].attrs["scores"] for doc in pipe.pipe(texts)] for pipe in (nlp, loaded)]
    assert scores[0] == scores[1]
    fast = spacy.load(tmp_path / "pipeline", config={"components.bioner_biobert.model.tok2vec.precision": "int8"})
    assert entities(fast.pipe(texts)) == [gold for _, gold in TEXTS]


def logits(nlp, docs):
    """Scores of every token and tag, without the decoder."""
    model = nlp.get_pipe("bioner_biobert").model
    return model.predict(docs)


def test_the_same_weights_give_the_same_logits_as_in_transformers(tiny_bert):
    """Hugging Face's BertForTokenClassification, at the first piece of each word."""
    import torch

    theirs = transformers.BertForTokenClassification.from_pretrained(tiny_bert).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_bert)
    nlp = make(tiny_bert, tok2vec={"max_batch_pieces": 100})
    nlp.initialize(lambda: examples_of(nlp))
    output = nlp.get_pipe("bioner_biobert").model.get_ref("output")
    output.set_param("W", theirs.classifier.weight.detach().numpy())
    output.set_param("b", theirs.classifier.bias.detach().numpy())
    rng = np.random.default_rng(0)
    vocabulary = ["asthma", "BRCA1", "aspirin", "(", "breast", "Xyz", "of", "carcinomaoma", "12", "-"]
    sentences = [rng.choice(vocabulary, size=size).tolist() for size in rng.integers(1, 18, size=40)]
    found = logits(nlp, [Doc(nlp.vocab, words=words) for words in sentences])
    batch = tokenizer(sentences, is_split_into_words=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = theirs(**batch).logits.numpy()
    for i, words in enumerate(sentences):
        ids = batch.word_ids(i)
        first = [ids.index(n) for n in range(len(words))]
        assert np.abs(found[i] - expected[i][first]).max() < 1e-4


def test_the_same_weights_find_the_same_entities_as_in_transformers(tiny_bert, tmp_path):
    """Trained here, saved for transformers, run by its token-classification pipeline."""
    import torch

    nlp = make(tiny_bert)
    train(nlp)
    tagger = nlp.get_pipe("bioner_biobert")
    shim = tagger.model.get_ref("tok2vec").shims[0]
    theirs = transformers.BertForTokenClassification.from_pretrained(tiny_bert)
    theirs.bert.load_state_dict(shim.network.state_dict())
    output = tagger.model.get_ref("output")
    theirs.classifier.weight.data = torch.tensor(output.get_param("W"))
    theirs.classifier.bias.data = torch.tensor(output.get_param("b"))
    theirs.config.id2label = dict(enumerate(tagger.model.get_ref("decoder").attrs["tags"]))
    run = transformers.pipeline(
        "token-classification", model=theirs.eval(), tokenizer=shim.words.tokenizer, aggregation_strategy="first"
    )
    texts = [text for text, _ in TEXTS]
    expected = [[(e["start"], e["end"], e["entity_group"]) for e in run(text)] for text in texts]
    assert entities(nlp.pipe(texts)) == expected == [gold for _, gold in TEXTS]


def test_every_token_of_a_long_document_can_be_an_entity(tiny_bert):
    nlp = make(tiny_bert)
    train(nlp)
    text = " ".join(["aspirin treats asthma"] * 300)
    with pytest.warns(UserWarning, match="B704"):
        doc = nlp(text)
    assert len([ent for ent in doc.ents if ent.text == "asthma"]) > 200
    assert max(ent.start for ent in doc.ents) > len(doc) - 30


def test_documents_without_words(tiny_bert):
    nlp = make(tiny_bert)
    train(nlp)
    docs = list(nlp.pipe(["", "\n\n", "aspirin treats", " "]))
    assert [[ent.text for ent in docs[i].ents] for i in (0, 2)] == [[], ["aspirin"]]
    assert [len(doc) for doc in docs] == [0, 1, 2, 1]
    losses = nlp.update([Example(nlp.make_doc(""), nlp.make_doc(""))], losses={})
    assert losses["bioner_biobert"] == 0.0


def test_it_works_in_several_processes(tiny_bert):
    nlp = make(tiny_bert)
    train(nlp)
    texts = [text for text, _ in TEXTS]
    assert entities(nlp.pipe(texts, n_process=2, batch_size=2)) == [gold for _, gold in TEXTS]


def test_without_transformers_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(BionerError, match=r"B900.*spacy-bioner\[transformers\]"):
        spacy.blank("en").add_pipe("bioner_biobert")
