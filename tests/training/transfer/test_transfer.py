import logging

import numpy as np
import pytest
import spacy
from small_networks import ENCODER
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as train_loop
from thinc.api import Config
from transfer_networks import SOURCE, TARGET, found, layer, params, row, same, tagger, train

from spacy_bioner.errors import BionerError
from spacy_bioner.training.transfer.callback import make_transfer_weights, transfer_weights
from spacy_bioner.training.transfer.plan import table
from spacy_bioner.training.transfer.settings import TransferSettings


@pytest.mark.parametrize("fixture", ["language_model", "source_tagger"])
def test_an_encoder_goes_over_by_name(fixture, request):
    source, path = request.getfixturevalue(fixture)
    nlp = tagger()
    model = nlp.get_pipe("ner").model
    before = {
        name: layer(model, "word").get_param("E")[i] for name, i in layer(model, "word").attrs["rows"].index.items()
    }
    plan = transfer_weights(nlp, TransferSettings(path, layers="char, word,encode"))
    for name in ("char", "encode"):
        assert all(step.copied == step.rows for step in found(plan, name).values())
        assert same({**params(layer(model, name)), "E": 0}, {**params(layer(source, name)), "E": 0})
    ours, theirs = layer(model, "word"), layer(source, "word")
    shared = ["<unk>", "raises", "the", "risk", "of", "found", "in", ".", "is"]
    for word in shared[:-1]:
        assert np.array_equal(row(ours, word), row(theirs, word))
    for word in ("Aspirin", "bleeding", "mouse", "APOE", "is"):
        assert np.array_equal(row(ours, word), before[word])
    for word in ("cancer", "BRCA1", "TP53"):  # words of the source that the target's corpus lacks
        assert np.array_equal(row(ours, word), row(theirs, word))
    step = found(plan, "word")["E"]
    assert step.rows == len(ours.attrs["rows"]) == len(ours.get_param("E"))
    assert step.added == len(ours.attrs["rows"]) - len(before)
    assert step.left == "not in the source"
    assert np.array_equal(row(layer(model, "char"), "μ"), row(layer(source, "char"), "μ"))


def test_the_words_of_the_source_are_rare_no_longer(language_model):
    nlp = tagger()
    word = layer(nlp.get_pipe("ner").model, "word")
    rare = set(word.attrs["rows"].names[word.attrs["rare_from"] :])
    assert {"found", "Aspirin"} <= rare
    transfer_weights(nlp, TransferSettings(language_model[1], ["word"]))
    left = set(word.attrs["rows"].names[word.attrs["rare_from"] :])
    assert left == rare - set(layer(language_model[0], "word").attrs["rows"].names)
    assert "Aspirin" in left


def test_without_extend_the_target_keeps_its_words(language_model):
    nlp = tagger()
    word = layer(nlp.get_pipe("ner").model, "word")
    names = word.attrs["rows"].names
    plan = transfer_weights(nlp, TransferSettings(language_model[1], ["word"], extend=False))
    assert sorted(word.attrs["rows"].names) == sorted(names)
    assert found(plan, "word")["E"].added == 0


def test_numbers_that_the_target_reads_as_one_get_no_rows(language_model):
    nlp = tagger(numbers="token")
    transfer_weights(nlp, TransferSettings(language_model[1], ["word"]))
    rows = layer(nlp.get_pipe("ner").model, "word").attrs["rows"]
    assert "12" in layer(language_model[0], "word").attrs["rows"]
    assert "12" not in rows
    assert "cancer" in rows


@pytest.mark.parametrize(("name", "direction"), [("encode.forward", 0), ("encode.backward", 1)])
@pytest.mark.parametrize("directions", ["independent", "joined"])
def test_one_direction(language_model, name, direction, directions):
    nlp = tagger(directions=directions)
    ours, theirs = layer(nlp.get_pipe("ner").model, "encode"), layer(language_model[0], "encode")
    before = params(ours)
    plan = transfer_weights(nlp, TransferSettings(language_model[1], layers=[name]))
    for parameter, step in found(plan, name).items():
        assert np.array_equal(ours.get_param(parameter)[direction], theirs.get_param(parameter)[direction])
        assert np.array_equal(ours.get_param(parameter)[1 - direction], before[parameter][1 - direction])
        assert step.copied == step.rows == 24


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"hidden": 7}, r"encode W0.* source's is 2 x 24 x 29, the target's 2 x 28 x 29"),
        ({"word_width": 9}, r"word E.* source's is \d+ x 5, the target's \d+ x 9"),
        ({"char_dim": 3}, r"char E.* source's is \d+ x 4, the target's \d+ x 3"),
        ({"depth": 2}, r"encode W1.* source has 1 layer\(s\), the target 2"),
    ],
)
def test_sizes_that_differ_are_both_named_and_nothing_is_changed(language_model, options, fault):
    nlp = tagger(**options)
    before = nlp.to_bytes()
    with pytest.raises(BionerError, match=f"B615.*{fault}"):
        transfer_weights(nlp, TransferSettings(language_model[1]))
    assert nlp.to_bytes() == before
    plan = transfer_weights(nlp, TransferSettings(language_model[1], strict=False))
    assert any(step.copied for step in plan)
    assert any(step.fault and step.fault in table(plan) for step in plan)


def test_a_character_layer_goes_over_whole_or_not_at_all(language_model):
    nlp = tagger(max_char_width=4)
    before = params(layer(nlp.get_pipe("ner").model, "char"))
    plan = transfer_weights(nlp, TransferSettings(language_model[1], strict=False))
    assert same(params(layer(nlp.get_pipe("ner").model, "char")), before)
    assert all(step.fault for step in found(plan, "char").values())
    assert found(plan, "word")["E"].copied


def test_what_is_asked_for_must_be_there(language_model, source_tagger, folder):
    nlp = tagger()
    path = language_model[1]
    softmax = tagger(SOURCE, decoder="softmax")
    softmax.to_disk(folder / "softmax")
    for code, options in (
        ("B610.*absent", {"path": folder / "absent"}),
        ("B611.*'parser'.*bilm", {"path": path, "source_component": "parser"}),
        ("B611.*'parser'.*ner", {"path": path, "component": "parser"}),
        ("B613.*'chars'.*encode.forward", {"path": path, "layers": ["chars"]}),
        ("B614.*source's component 'bilm'.*'crf'", {"path": path, "layers": ["crf"]}),
        ("B614.*source's component 'ner'.*'crf'", {"path": folder / "softmax", "layers": ["crf"]}),
        ("B615.*predicts words", {"path": path, "layers": ["output"]}),
        ("B617.*output", {"path": path, "freeze": {"output": 5}}),
        ("B617.*0", {"path": path, "freeze": {"char": 0}}),
    ):
        with pytest.raises(BionerError, match=code):
            transfer_weights(nlp, TransferSettings(**options))
    with pytest.raises(BionerError, match=r"B616(.|\n)*the source's bilm has none"):
        transfer_weights(nlp, TransferSettings(path, ["crf"], strict=False))
    with pytest.raises(BionerError, match=r"B615.*BIO.*IOBES"):
        transfer_weights(tagger(scheme="IOBES"), TransferSettings(source_tagger[1], ["output"]))
    with pytest.raises(BionerError, match=r"B612.* 0 components"):
        transfer_weights(spacy.blank("en"), TransferSettings(path))
    two = tagger()
    two.add_pipe("bioner_tagger", name="second", source=None)
    with pytest.raises(BionerError, match=r"B612.*ner, second.*component ="):
        transfer_weights(two, TransferSettings(path))


def test_spacys_own_components_take_an_encoder(language_model):
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 8,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": ENCODER,
    }
    nlp.add_pipe("ner", config={"model": model})
    train(nlp, TARGET, 0)
    transfer_weights(nlp, TransferSettings(language_model[1]))
    encode = next(node for node in nlp.get_pipe("ner").model.walk() if node.name == "two_way_lstm")
    assert same(params(encode), params(layer(language_model[0], "encode")))


def test_freezing_and_thawing(language_model):
    nlp = tagger()
    transfer_weights(nlp, TransferSettings(language_model[1], freeze={"char": -1, "word": 4, "encode": 2}))
    model = nlp.get_pipe("ner").model
    pairs = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in TARGET]
    optimizer = nlp.resume_training()
    moved = {name: [] for name in ("char", "word", "encode", "output")}
    for _ in range(5):
        before = {name: params(layer(model, name)) for name in moved}
        nlp.update(pairs, sgd=optimizer)
        for name in moved:
            moved[name].append(not same(before[name], params(layer(model, name))))
    assert moved == {
        "char": [False] * 5,
        "word": [False] * 4 + [True],
        "encode": [False] * 2 + [True] * 3,
        "output": [True] * 5,
    }


def test_the_callback_is_silent_where_there_is_nothing_to_do(language_model, caplog):
    make_transfer_weights()(tagger())
    with spacy.blank("en").select_pipes(enable=[]):
        make_transfer_weights("absent")(spacy.blank("en"))
    nlp = tagger()
    with nlp.select_pipes(enable=[]):
        make_transfer_weights("absent")(nlp)
    logger = logging.getLogger("spacy")
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, logger="spacy"):
            make_transfer_weights(str(language_model[1]))(nlp)
    finally:
        logger.removeHandler(caplog.handler)
    assert "Transferred from" in caplog.text
    assert "not in the source" in caplog.text


def test_from_text_to_language_model_to_tagger(tmp_path):
    """The whole way, by configs, on the corpus of the repository: train, transfer, train."""
    for name in ("bilm", "ner"):
        (tmp_path / name).mkdir()
    small = {"hidden": 8, "word_width": 8, "char_dim": 4, "max_char_width": 3, "max_filters": 4}
    config = Config().from_disk("configs/bilm.cfg", interpolate=False)
    config["paths"].update(train="assets/brat/train", dev="assets/brat/dev")
    config["components"]["bilm"]["model"]["tok2vec"].update(small)
    config["run"].update(epochs=2, learn_rate=0.01)
    train_loop(init_nlp(config), tmp_path / "bilm")
    performance = spacy.load(tmp_path / "bilm" / "model-best").meta["performance"]
    assert performance["bilm_ppl"] < 40

    config = Config().from_disk("configs/cnn_bilstm_crf.cfg", interpolate=False)
    config["paths"].update(train="assets/brat/train", dev="assets/brat/dev")
    config["components"]["ner"]["model"]["tok2vec"].update(small)
    config["paths"]["source"] = str(tmp_path / "bilm" / "model-best")
    config["run"]["epochs"] = 2
    nlp = init_nlp(config)
    word = layer(nlp.get_pipe("ner").model, "word")
    source = layer(spacy.load(tmp_path / "bilm" / "model-best").get_pipe("bilm").model, "word")
    assert np.array_equal(row(word, "patient"), row(source, "patient"))
    train_loop(nlp, tmp_path / "ner")
    assert spacy.load(tmp_path / "ner" / "model-last").meta["performance"]["ner_loss"] > 0
