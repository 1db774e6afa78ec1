import numpy as np
import pytest
import spacy
from spacy import registry
from spacy.ml.models.tok2vec import build_hash_embed_cnn_tok2vec
from thinc.api import Adam, Config

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.decoding.decoders import build_decoder, decode, loss_and_gradient, segment_scores
from spacy_bioner.ml.tag_model import copy_tag_rows, make_tag_model, set_tags
from spacy_bioner.tags import encode, tag_set

DECODERS = ["crf", "softmax"]
PARAMS = [("output", "W"), ("output", "b"), ("decoder", "start"), ("decoder", "transitions"), ("decoder", "end")]
GOLD = {
    "BRCA1 raises the risk of breast cancer": [(0, 1, "A"), (5, 7, "B")],
    "TP53": [(0, 1, "A")],
    "": [],
    "no name here": [],
}


def tok2vec():
    sizes = {"width": 16, "depth": 1, "embed_size": 200, "window_size": 1, "maxout_pieces": 2}
    return build_hash_embed_cnn_tok2vec(pretrained_vectors=None, subword_features=True, **sizes)


def make_docs():
    nlp = spacy.blank("en")
    return [nlp.make_doc(text) for text in GOLD]


def make(decoder, labels=("A", "B"), dropout=None):
    model = make_tag_model(tok2vec(), decoder, "IOBES", dropout)
    set_tags(model, tag_set(labels, "IOBES"))
    return model.initialize(X=make_docs())


def train(model, steps, optimizer=None, labels=("A", "B")):
    optimizer = optimizer or Adam(0.02)
    docs, losses = make_docs(), []
    for _ in range(steps):
        scores, backprop = model.begin_update(docs)
        decoder = model.get_ref("decoder")
        tags = decoder.attrs["tags"]
        known = [
            [tags.index(tag) for tag in encode([span for span in spans if span[2] in labels], len(doc), "IOBES")]
            for doc, spans in zip(docs, GOLD.values(), strict=True)
        ]
        known = [np.array(rows, dtype=np.int64) for rows in known]
        loss, gradient = loss_and_gradient(decoder, scores, known, scale=1 / len(docs))
        backprop(gradient)
        model.finish_update(optimizer)
        losses.append(loss)
    return losses


def params(model):
    found = {}
    for ref, name in PARAMS:
        if model.get_ref(ref).has_param(name):
            found[ref, name] = model.get_ref(ref).get_param(name)
    return found


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("dropout", [None, 0.2])
def test_it_learns_and_all_its_parameters_do(decoder, dropout):
    model = make(decoder, dropout=dropout)
    before = {key: value.copy() for key, value in params(model).items()}
    assert len(before) == (5 if decoder == "crf" else 2)
    losses = train(model, 40)
    assert losses[-1] < 0.1 * losses[0]
    for key, value in params(model).items():
        assert (value != before[key]).any(), key
    scores = model.predict(make_docs())
    assert [score.shape for score in scores] == [(len(doc), 9) for doc in make_docs()]
    found = segment_scores(model.get_ref("decoder"), scores, list(GOLD.values()))
    assert min(p for of_doc in found for p in of_doc) > 0.8


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_tag_keeps_what_it_learned_wherever_its_row_goes(decoder):
    model = make(decoder)
    train(model, 5)
    old_tags, old, old_scores = model.get_ref("decoder").attrs["tags"], params(model), model.predict(make_docs())
    new_tags = tag_set(["C", "B"], "IOBES")  # A goes, B moves, C is new
    set_tags(model, new_tags)
    assert model.get_ref("decoder").attrs["tags"] == new_tags
    assert {node.get_dim("nO") for node in (model, model.get_ref("output"), model.get_ref("decoder"))} == {9}
    for (_, name), value in params(model).items():
        was = old[_, name]
        for i, tag in enumerate(new_tags):
            if tag not in old_tags:
                assert (value[i] == 0).all()
                continue
            row = was[old_tags.index(tag)]
            if name != "transitions":
                assert (value[i] == row).all()
                continue
            for j, other in enumerate(new_tags):
                assert value[i, j] == (row[old_tags.index(other)] if other in old_tags else 0)
    for score, old_score in zip(model.predict(make_docs()), old_scores, strict=True):
        kept = [tag for tag in new_tags if tag in old_tags]
        np.testing.assert_allclose(
            score[:, [new_tags.index(tag) for tag in kept]], old_score[:, [old_tags.index(tag) for tag in kept]]
        )


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("dropout", [None, 0.2])
def test_training_goes_on_with_the_same_optimizer_after_a_label_came(decoder, dropout):
    model, optimizer, docs = make(decoder, ["A"], dropout), Adam(0.02), make_docs()
    train(model, 5, optimizer, labels=["A"])
    set_tags(model, tag_set(["A", "B"], "IOBES"))
    losses = train(model, 40, optimizer)
    assert losses[-1] < 0.1 * losses[0]
    with model.use_params(optimizer.averages):
        assert [score.shape[1] for score in model.predict(docs)] == [9] * len(docs)


@pytest.mark.parametrize("decoder", DECODERS)
def test_setting_the_same_tags_changes_nothing(decoder):
    model = make(decoder)
    head, output = model.get_ref("decoder"), model.get_ref("output")
    set_tags(model, tag_set(["A", "B"], "IOBES"))
    assert model.get_ref("decoder") is head
    assert model.get_ref("output") is output


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("dropout", [None, 0.2])
def test_a_fresh_model_reads_tags_scheme_and_weights(decoder, dropout, tmp_path):
    model = make(decoder, dropout=dropout)
    train(model, 10)
    docs = make_docs()
    expected = model.predict(docs)
    model.to_disk(tmp_path / "model")
    for read in (
        make_tag_model(tok2vec(), decoder, "BIO", dropout).from_bytes(model.to_bytes()),
        make_tag_model(tok2vec(), decoder, "IOBES", dropout).from_disk(tmp_path / "model"),
    ):
        assert read.get_ref("decoder").attrs == model.get_ref("decoder").attrs
        assert read.to_bytes() == model.to_bytes()
        for score, was in zip(read.predict(docs), expected, strict=True):
            assert (score == was).all()
        tags = decode(model.get_ref("decoder"), expected)
        assert [x.tolist() for x in decode(read.get_ref("decoder"), expected)] == [x.tolist() for x in tags]
        set_tags(read, tag_set(["A", "B", "C"], "IOBES"))
        assert [score.shape[1] for score in read.predict(docs)] == [13] * len(docs)


def test_everything_in_attrs_is_written():
    decoder = build_decoder("crf", "BIO", ["O", "B-A", "I-A"])
    assert decoder.to_dict()["attrs"][0].keys() == decoder.attrs.keys() == {"tags", "scheme"}


@pytest.mark.parametrize("decoder", DECODERS)
def test_rows_are_copied_between_models_by_tag(decoder):
    source, target = make(decoder, ["A", "B"]), make(decoder, ["B", "C"])
    train(source, 5)
    before = {key: value.copy() for key, value in params(target).items()}
    names, wanted = (model.get_ref("decoder").attrs["tags"] for model in (source, target))
    for ref in ("output", "decoder"):
        copied = copy_tag_rows(source.get_ref(ref), names, target.get_ref(ref), wanted)
        assert copied == ["O", "B-B", "I-B", "E-B", "S-B"]
    learned, b_or_o = params(source), [0, 5, 6, 7, 8]
    for key, value in params(target).items():
        if key[1] == "transitions":
            assert (value[:5, :5] == learned[key][np.ix_(b_or_o, b_or_o)]).all()
            assert (value[5:] == before[key][5:]).all()
        else:
            assert (value[:5] == learned[key][b_or_o]).all()
            assert (value[5:] == before[key][5:]).all()


@pytest.mark.parametrize("decoder", DECODERS)
def test_it_comes_from_a_config(decoder):
    config = f"""
    [model]
    @architectures = "spacy-bioner.TagModel.v1"
    decoder = "{decoder}"
    scheme = "BIO"
    dropout = 0.3

    [model.tok2vec]
    @architectures = "spacy.HashEmbedCNN.v2"
    pretrained_vectors = null
    width = 16
    depth = 1
    embed_size = 200
    window_size = 1
    maxout_pieces = 2
    subword_features = true

    [layer]
    @layers = "spacy-bioner.{"LinearChainCRF" if decoder == "crf" else "SoftmaxTagHead"}.v1"
    scheme = "IOBES"
    tags = ["O", "S-A"]
    """
    resolved = registry.resolve(Config().from_str(config))
    model, layer = resolved["model"], resolved["layer"]
    assert model.get_ref("decoder").name == layer.name == decoder
    assert model.get_ref("decoder").attrs == {"scheme": "BIO", "tags": []}
    assert layer.attrs == {"scheme": "IOBES", "tags": ["O", "S-A"]}
    layer.initialize()
    rows = decode(layer, [np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float32)])
    assert [x.tolist() for x in rows] == [[1, 0]]
    assert model.get_ref("tok2vec") is model.layers[0]


def test_what_cannot_be_built_is_named():
    for arguments, code in (({"decoder": "hmm"}, "B532"), ({"scheme": "BIE"}, "B001")):
        with pytest.raises(BionerError) as caught:
            make_tag_model(tok2vec(), **arguments)
        assert caught.value.code == code
