"""The transformer over pairs is Hugging Face's classifier of the same weights; it learns and is saved."""

import warnings

import numpy as np
import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Adam, fix_random_seed

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.pairs.marked_text import mark
from spacy_bioner.ml.pairs.pair import Entity, Pair, set_outputs
from spacy_bioner.ml.pairs.pair_transformer import _pieces, make_pair_transformer, pieces_of

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


@pytest.mark.parametrize("style", ["replace", "typed"])
def test_vectors_of_mentions_are_those_of_hugging_face(checkpoint, style):
    import torch
    from transformers import AutoTokenizer, BertModel

    # One batch and several: the rows are in the order of the pairs, the head before the tail.
    encoders = [built(checkpoint, style=style, pooling="mentions", max_batch_pieces=n).layers[0] for n in (4096, 30)]
    theirs = BertModel.from_pretrained(checkpoint).eval()
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    for number, pair in enumerate(pairs()):
        marked = mark(pair, style, {})
        first, second = (text[0] for text in (marked.first, marked.second))
        inputs = tokenizer(marked.text, return_tensors="pt")
        with torch.no_grad():
            states = theirs(**inputs).last_hidden_state[0]
        head, tail = (inputs.char_to_token(start) for start in sorted((first, second), reverse=pair.head > pair.tail))
        expected = torch.cat([states[head], states[tail]]).numpy()
        for encoder in encoders:
            found = encoder.predict(pairs())
            assert found.shape == (3, 2 * states.shape[1])
            assert np.allclose(found[number], expected, atol=1e-4)


def test_a_mention_of_a_long_text_keeps_its_place(checkpoint):
    doc = Doc(Vocab(), words=["the"] * 40 + ["aspirin"] + ["the"] * 30 + ["asthma"] + ["the"] * 40)
    pair = Pair(doc, Entity(40, 41, "Chemical"), Entity(71, 72, "Disease"), 0, len(doc))
    swapped = pair._replace(head=pair.tail, tail=pair.head)
    words = built(checkpoint).layers[0].shims[0].words.tokenizer
    for length in (32, 64):  # half around each mention; one window
        model = built(checkpoint, pooling="mentions", max_pieces=length).layers[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one, other = _pieces(model, [pair, swapped])
        assert len(one.ids) == length
        assert (one.head, one.tail) == (other.tail, other.head)
        after = words.convert_ids_to_tokens([one.ids[one.head], one.ids[one.head + 1], one.ids[one.tail + 1]])
        assert after[0] == "@"
        assert after[1] != after[2], "the marks of the two types differ"
        assert "the" not in after


@pytest.mark.parametrize("pooling", ["cls", "mentions"])
def test_it_learns(checkpoint, pooling):
    fix_random_seed(0)
    model = built(checkpoint, dropout=0.0, pooling=pooling)
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


@pytest.mark.parametrize("pooling", ["cls", "mentions"])
def test_bytes_give_the_same(checkpoint, pooling):
    model = built(checkpoint, pooling=pooling)
    other = make_pair_transformer("nothing that is there", pooling=pooling)
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


@pytest.mark.parametrize("setting", ["style", "pooling"])
def test_other_styles_are_told(setting):
    with pytest.raises(BionerError, match=f"B440.*{setting} 'bold'"):
        make_pair_transformer("x", **{setting: "bold"})
