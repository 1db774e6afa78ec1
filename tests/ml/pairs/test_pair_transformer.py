"""The transformer over pairs is Hugging Face's classifier of the same weights; it learns and is saved."""

import numpy as np
import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Adam, fix_random_seed

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.pairs.pair import Entity, Pair, set_outputs
from spacy_bioner.ml.pairs.pair_transformer import make_pair_transformer, pieces_of

pytest.importorskip("transformers")
from tiny_bert import PIECES, make_tiny_bert

MARKS = [*PIECES, "@", "$", "*", "#", "^"]
TEXTS = [
    ["aspirin", "treats", "asthma", "."],
    ["the", "common", "cancer", "of", "the", "breast", "is", "common", "in", "asthma"],
    ["aspirin", "asthma"],
]
ENDS = [(0, 2), (9, 2), (0, 1)]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert")
    return make_tiny_bert(folder, "BertForSequenceClassification", pieces=MARKS, num_labels=3)


def pairs():
    docs = [Doc(Vocab(), words=words) for words in TEXTS]
    return [
        Pair(doc, Entity(head, head + 1, "Chemical"), Entity(tail, tail + 1, "Disease"), 0, len(doc))
        for doc, (head, tail) in zip(docs, ENDS, strict=True)
    ]


def built(checkpoint, **settings):
    model = make_pair_transformer(str(checkpoint), **settings)
    set_outputs(model, 3, ["Chemical", "Disease"])
    model.initialize(X=pairs())
    return model


def test_logits_are_those_of_hugging_face(checkpoint):
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    model = built(checkpoint, max_batch_pieces=60)
    theirs = BertForSequenceClassification.from_pretrained(checkpoint).eval()
    model.get_ref("output").set_param("W", theirs.classifier.weight.detach().numpy())
    model.get_ref("output").set_param("b", theirs.classifier.bias.detach().numpy())
    texts = [
        "@CHEMICAL$ treats @DISEASE$ . ",
        "the common @DISEASE$ of the breast is common in @CHEMICAL$ ",
        "@CHEMICAL$ @DISEASE$ ",
    ]
    inputs = AutoTokenizer.from_pretrained(checkpoint)(texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        expected = theirs(**inputs).logits.numpy()
    assert np.allclose(model.predict(pairs()), expected, atol=1e-4)
    assert expected.std() > 0.01


def test_it_learns(checkpoint):
    fix_random_seed(0)
    model = built(checkpoint, dropout=0.0)
    optimizer = Adam(0.003)
    targets = np.eye(3, dtype="float32")
    losses = []
    for _ in range(30):
        Y, backprop = model.begin_update(pairs())
        shares = np.exp(Y - Y.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        losses.append(-np.log(shares[targets == 1]).sum())
        backprop(shares - targets)
        model.finish_update(optimizer)
    assert losses[-1] < losses[0] / 4


def test_bytes_give_the_same(checkpoint):
    model = built(checkpoint)
    other = make_pair_transformer("nothing that is there")
    set_outputs(other, 3, [])
    other.from_bytes(model.to_bytes())
    assert np.allclose(other.predict(pairs()), model.predict(pairs()), atol=1e-6)


def test_long_texts_are_read_around_the_pair(checkpoint):
    model = built(checkpoint, max_pieces=16, marks={"Chemical": "C", "Disease": "D"})
    doc = Doc(Vocab(), words=["common"] * 40 + ["aspirin", "treats", "asthma"] + ["the"] * 40)
    pair = Pair(doc, Entity(40, 41, "Chemical"), Entity(42, 43, "Disease"), 0, len(doc))
    with pytest.warns(UserWarning, match="B439"):
        (ids,) = pieces_of(model.get_ref("encoder"), [pair])
    assert len(ids) == 16
    tokens = model.get_ref("encoder").shims[0].words.tokenizer.convert_ids_to_tokens(ids)
    place = tokens.index("C")
    assert tokens[place : place + 3] == ["C", "treats", "D"]
    assert 6 <= place <= 8


def test_other_styles_are_told():
    with pytest.raises(BionerError, match="B440"):
        make_pair_transformer("x", style="bold")
