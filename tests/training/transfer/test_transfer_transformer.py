"""Weights from one tagger over a transformer to another: the whole encoder, and the output by tag."""

import logging
import shutil

import numpy as np
import pytest
import spacy
from spacy.training import Example
from thinc.api import fix_random_seed
from tiny_bert import PIECES, make_tiny_bert, make_tokenizer

from spacy_bioner.errors import BionerError
from spacy_bioner.training.transfer.callback import transfer_weights
from spacy_bioner.training.transfer.layers import find_layers
from spacy_bioner.training.transfer.plan import table
from spacy_bioner.training.transfer.settings import TransferSettings

SOURCE = [
    ("asthma is common .", [(0, 6, "Disease")]),
    ("aspirin treats breast cancer .", [(0, 7, "Drug"), (15, 28, "Disease")]),
]
TARGET = [("aspirin treats asthmaitis .", [(0, 7, "Chemical"), (15, 25, "Disease")])]
TEXTS = [text for text, _ in SOURCE + TARGET]


def tagger(folder, data=TARGET, steps=0, decoder="softmax", **settings):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    tok2vec = {"@architectures": "spacy-bioner.Transformer.v1", "name": str(folder), "max_pieces": 64, "overlap": 8}
    model = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": {**tok2vec, **settings}}
    nlp.add_pipe("bioner_tagger", name="ner", config={"model": {**model, "decoder": decoder, "scheme": "BIO"}})
    return train(nlp, data, steps)


def train(nlp, data, steps, rate=0.01):
    pairs = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in data]
    optimizer = nlp.initialize(lambda: pairs) if not nlp.get_pipe("ner").labels else nlp.resume_training()
    optimizer.learn_rate = rate
    for _ in range(steps):
        nlp.update(pairs, sgd=optimizer)
    return nlp


def rows(nlp):
    encoder = find_layers(nlp.get_pipe("ner").model).encode
    return np.vstack(encoder.predict([nlp.make_doc(text) for text in TEXTS]))


def output(nlp):
    model = nlp.get_pipe("ner").model
    tags = model.get_ref("decoder").attrs["tags"]
    layer = model.get_ref("output")
    return {tag: (*row, bias) for tag, row, bias in zip(tags, layer.get_param("W"), layer.get_param("b"), strict=True)}


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def other_bert(tmp_path_factory):
    """The same pieces and sizes, other weights."""
    return make_tiny_bert(tmp_path_factory.mktemp("other"), seed=1)


@pytest.fixture(scope="module")
def source(bert, tmp_path_factory):
    nlp, path = tagger(bert, SOURCE, steps=5), tmp_path_factory.mktemp("source")
    nlp.to_disk(path)
    return nlp, path


def test_the_encoder_goes_over_whole_and_the_output_by_tag(source, other_bert, tmp_path, caplog):
    nlp = tagger(other_bert)
    assert not np.allclose(rows(nlp), rows(source[0]), atol=0.1)
    before, theirs = output(nlp), output(source[0])
    shutil.copytree(source[1], tmp_path / "copy")
    logger = logging.getLogger("spacy")
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, logger="spacy"):
            plan = transfer_weights(nlp, TransferSettings(tmp_path / "copy"))
    finally:
        logger.removeHandler(caplog.handler)
    np.testing.assert_array_equal(rows(nlp), rows(source[0]))
    assert output(nlp)["B-Disease"] == theirs["B-Disease"] != before["B-Disease"]
    assert output(nlp)["B-Chemical"] == before["B-Chemical"]
    assert [(step.layer, step.parameter, step.copied, step.rows) for step in plan] == [
        ("char", "", 0, 0),
        ("word", "", 0, 0),
        ("encode", "tensors", 37, 37),
        ("output", "W", 3, 5),
        ("output", "b", 3, 5),
        ("crf", "", 0, 0),
    ]
    assert table(plan) in caplog.text
    # From now on the source is not needed, nor is the checkpoint that the target began with.
    shutil.rmtree(tmp_path / "copy")
    nlp.to_disk(tmp_path / "target")
    np.testing.assert_array_equal(rows(spacy.load(tmp_path / "target")), rows(source[0]))


def test_labels_by_another_name_and_the_scores_of_a_crf(bert, other_bert, tmp_path):
    old = tagger(bert, SOURCE, steps=5, decoder="crf")
    old.to_disk(tmp_path / "source")
    nlp = tagger(other_bert, decoder="crf")
    plan = transfer_weights(nlp, TransferSettings(tmp_path / "source", "all", labels={"Chemical": "Drug"}))
    assert {step.layer: step.copied for step in plan if step.copied} == {"encode": 37, "output": 5, "crf": 5}
    assert output(nlp)["B-Chemical"] == output(old)["B-Drug"]
    for text in TEXTS:
        names = {"Drug": "Chemical", "Disease": "Disease"}
        assert [(e.text, e.label_) for e in nlp(text).ents] == [(e.text, names[e.label_]) for e in old(text).ents]


def test_what_was_made_of_the_old_weights_is_made_anew(source, other_bert):
    nlp = tagger(other_bert, precision="bfloat16")
    rows(nlp)
    transfer_weights(nlp, TransferSettings(source[1], "encode"))
    np.testing.assert_allclose(rows(nlp), rows(source[0]), atol=0.1)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"pieces": [*PIECES, "drug"]}, "the source has 148 word pieces, the target 149, 148 of them in the same rows"),
        ({"pieces": [*PIECES[:-2], *PIECES[:-3:-1]]}, "148 word pieces, the target 148, 146 of them in the same rows"),
        (
            {"hidden_size": 48},
            "embeddings.word_embeddings.weight of the source is 148 x 32, that of the target 148 x 48",
        ),
        ({"intermediate_size": 80}, "encoder.layer.0.intermediate.dense.weight of .* 64 x 32, .* 80 x 32"),
        ({"length": 32}, "embeddings.position_embeddings.weight of the source is 64 x 32, that of the target 32 x 32"),
        ({"num_hidden_layers": 3}, r"16 of 53 tensors are not in the source, the first is encoder.layer.2\."),
        ({"num_hidden_layers": 1}, r"16 of 37 tensors are not in the target, the first is encoder.layer.1\."),
        ({"num_attention_heads": 4}, "num_attention_heads of the source is 2, that of the target 4"),
    ],
    ids=["vocabulary", "order", "width", "inner width", "length", "deeper", "shallower", "heads"],
)
def test_what_differs_is_told_and_nothing_is_changed(source, tmp_path, settings, fault):
    nlp = tagger(make_tiny_bert(tmp_path, **settings), max_pieces=32)
    before = nlp.to_bytes()
    with pytest.raises(BionerError, match=f"B615.*encode tensors.*{fault}"):
        transfer_weights(nlp, TransferSettings(source[1], "encode"))
    assert nlp.to_bytes() == before


def test_without_strict_what_fits_goes_over(source, tmp_path):
    nlp = tagger(make_tiny_bert(tmp_path, num_hidden_layers=1))
    before = rows(nlp)
    plan = transfer_weights(nlp, TransferSettings(source[1], strict=False))
    assert {step.parameter: step.copied for step in plan if step.copied} == {"W": 3, "b": 3}
    assert "16 of 37 tensors are not in the target" in table(plan)
    np.testing.assert_array_equal(rows(nlp), before)


def test_a_tokenizer_that_folds_case_is_another(source, tmp_path):
    make_tiny_bert(tmp_path)
    tokenizer = make_tokenizer(tmp_path)
    type(tokenizer)(str(tmp_path / "vocab.txt"), do_lower_case=True, model_max_length=64).save_pretrained(tmp_path)
    with pytest.raises(BionerError, match=r"B615.*cuts words by other rules"):
        transfer_weights(tagger(tmp_path), TransferSettings(source[1]))


def test_a_recurrent_net_and_a_transformer_share_no_encoder(source, bert, tmp_path):
    nlp = spacy.blank("en")
    tok2vec = {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "hidden": 4, "word_width": 4, "max_char_width": 2}
    model = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": tok2vec, "decoder": "softmax", "scheme": "BIO"}
    nlp.add_pipe("bioner_tagger", name="ner", config={"model": model})
    train(nlp, SOURCE, 0)
    nlp.to_disk(tmp_path / "lstm")
    with pytest.raises(BionerError, match=r"B615.*source's encoder is a transformer, the target's a bilstm"):
        transfer_weights(nlp, TransferSettings(source[1], "encode"))
    with pytest.raises(BionerError, match=r"B615.*source's encoder is a bilstm, the target's a transformer"):
        transfer_weights(tagger(bert), TransferSettings(tmp_path / "lstm", "encode"))


@pytest.mark.parametrize("direction", ["encode.forward", "encode.backward"])
def test_a_transformer_has_no_directions(source, other_bert, direction):
    with pytest.raises(BionerError, match=f"B619.*{direction}: the encoder of the source's component 'ner'"):
        transfer_weights(tagger(other_bert), TransferSettings(source[1], direction, strict=False))


def test_a_transformer_has_no_characters(source, other_bert):
    with pytest.raises(
        BionerError, match=r"B614.*source's component 'ner' has no layer 'char': use one of encode, output"
    ):
        transfer_weights(tagger(other_bert), TransferSettings(source[1], "char"))


def test_freezing_and_thawing(source, other_bert):
    nlp = tagger(other_bert)
    transfer_weights(nlp, TransferSettings(source[1], freeze={"encode": 2}))
    moved = []
    pairs = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in TARGET]
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(3):
        before, before_output = rows(nlp), output(nlp)
        nlp.update(pairs, sgd=optimizer)
        moved.append((not np.array_equal(rows(nlp), before), output(nlp) != before_output))
    assert moved == [(False, True), (False, True), (True, True)]
