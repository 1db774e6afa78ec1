"""Checkpoints are opened, or refused with a word on what to do; nothing of them is executed."""

import json
import sys

import pytest
import srsly
from tiny_bert import PIECES, make_tiny_bert, make_tokenizer, transformers

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer.checkpoints import longest_input, open_checkpoint, open_tokenizer
from spacy_bioner.ml.transformer.model import make_transformer
from spacy_bioner.ml.transformer.shared_transformer import make_transformer_model


class Evil:
    """Something that runs when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("name", ["no/such/folder", "./nothing", "/nowhere/at/all", ""])
def test_a_folder_that_is_not_there(name):
    with pytest.raises(BionerError, match=r"B700.*there is no such folder.*--paths\.transformer"):
        open_checkpoint(name)


def test_a_folder_without_a_checkpoint(tmp_path):
    with pytest.raises(BionerError, match="B700"):
        open_checkpoint(tmp_path)
    make_tokenizer(tmp_path)
    with pytest.raises(BionerError, match="B700"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["my-bert", "my-led"])
def test_the_config_is_not_guessed_from_the_name_of_the_folder(tmp_path, name):
    """transformers takes the default config of a kind of network whose name occurs in the path, if there is none."""
    make_tiny_bert(tmp_path / name)
    (tmp_path / name / "config.json").unlink()
    with pytest.raises(BionerError, match=r"B700.*the folder has no config\.json"):
        open_checkpoint(tmp_path / name)


def test_a_name_that_cannot_be_reached(monkeypatch):
    """The hub's library reads HF_HUB_OFFLINE on import, and keeps it where it is set here."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    huggingface_hub.utils.reset_sessions()
    try:
        with pytest.raises(BionerError, match=r"B700\] no transformer 'some-lab/some-bert'.*huggingface-cli download"):
            open_checkpoint("some-lab/some-bert")
    finally:
        huggingface_hub.utils.reset_sessions()  # the session of this test answers nothing


def test_a_hub_that_does_not_answer_is_asked_once(monkeypatch):
    """A name is looked up where it was downloaded to, and nowhere else, where one request got no answer."""
    import huggingface_hub

    requests = []

    class Session:
        def head(self, url, timeout):
            requests.append(timeout)
            raise OSError("no network")

        def request(self, *args, **kwargs):
            pytest.fail("a second request")

        get = post = request

    monkeypatch.setattr(huggingface_hub.utils, "get_session", Session)
    monkeypatch.setattr(huggingface_hub.utils._http, "get_session", Session)
    with pytest.raises(BionerError, match=r"B700.*huggingface-cli download"):
        open_checkpoint("some-lab/some-bert")
    assert len(requests) == 1


def test_a_tokenizer_of_another_network(tmp_path):
    make_tiny_bert(tmp_path)
    make_tokenizer(tmp_path, PIECES + [f"word{i}" for i in range(50)])
    with pytest.raises(BionerError, match=rf"B701.*{len(PIECES) + 50} word pieces and the network {len(PIECES)} rows"):
        open_checkpoint(tmp_path)


def test_a_network_with_many_more_rows_than_pieces(tmp_path):
    transformers.BertModel(
        transformers.BertConfig(
            vocab_size=5000, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
        )
    ).save_pretrained(tmp_path)
    make_tokenizer(tmp_path)
    with pytest.raises(BionerError, match="B701"):
        open_checkpoint(tmp_path)


def test_a_few_rows_more_are_sizes_rounded_up(tmp_path):
    network = transformers.BertModel(transformers.BertConfig.from_pretrained(make_tiny_bert(tmp_path)))
    network.resize_token_embeddings(len(PIECES) + 40)
    network.save_pretrained(tmp_path)
    assert open_checkpoint(tmp_path).network.config.vocab_size == len(PIECES) + 40


def test_bare_weights_in_the_format_of_torch_are_read(tmp_path):
    import torch

    make_tiny_bert(tmp_path)
    expected = open_checkpoint(tmp_path).network.state_dict()
    torch.save(expected, tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    found = open_checkpoint(tmp_path).network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


@pytest.mark.parametrize("legacy", [False, True])
def test_pickled_objects_are_refused_and_not_executed(tmp_path, legacy):
    import torch

    make_tiny_bert(tmp_path)
    state = dict(open_checkpoint(tmp_path).network.state_dict())
    state["evil"] = Evil(str(tmp_path / "executed"))
    torch.save(state, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=not legacy)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "executed").unlink(missing_ok=True)
    with pytest.raises(BionerError, match="B702"):
        open_checkpoint(tmp_path)
    assert not (tmp_path / "executed").exists()


def test_code_that_comes_with_a_checkpoint_is_not_executed(tmp_path):
    make_tiny_bert(tmp_path)
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\nclass Evil: pass\n")
    config = json.loads((tmp_path / "config.json").read_text())
    config.update(model_type="evil", auto_map={"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"})
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(BionerError, match="B700"):
        open_checkpoint(tmp_path)
    assert not (tmp_path / "executed").exists()


def evil(folder):
    """Give the files of a checkpoint, whose kind is one that transformers knows, code of their own."""
    (folder / "evil.py").write_text(f"open({str(folder / 'executed')!r}, 'w')\nclass Evil: pass\n")
    for name, keys in {"config.json": ("AutoConfig", "AutoModel"), "tokenizer_config.json": ("AutoTokenizer",)}.items():
        settings = json.loads((folder / name).read_text())
        settings["auto_map"] = {key: ["evil.Evil", "evil.Evil"] if "Tok" in key else "evil.Evil" for key in keys}
        (folder / name).write_text(json.dumps(settings))


def test_nobody_is_asked_whether_code_of_a_known_kind_may_run(tmp_path, monkeypatch):
    make_tiny_bert(tmp_path)
    evil(tmp_path)
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("the user was asked"))
    assert type(open_checkpoint(tmp_path).network).__name__ == "BertModel"
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("kind", ["known", "unknown"])
def test_a_saved_pipeline_cannot_bring_code_either(tmp_path, monkeypatch, kind):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("the user was asked"))
    make_tiny_bert(tmp_path)
    model = make_transformer(str(tmp_path), max_pieces=64, overlap=8)
    model.initialize()
    files = srsly.msgpack_loads(model.shims[0].to_bytes())
    evil(tmp_path)
    for name in ("config.json", "tokenizer_config.json"):
        settings = {**json.loads(files[name]), "auto_map": json.loads((tmp_path / name).read_text())["auto_map"]}
        files[name] = json.dumps({**settings, **({"model_type": "evil"} if kind == "unknown" else {})}).encode()
    files["evil.py"] = (tmp_path / "evil.py").read_bytes()
    shim = make_transformer("", max_pieces=64, overlap=8).shims[0]
    if kind == "known":
        assert type(shim.from_bytes(srsly.msgpack_dumps(files)).network).__name__ == "BertModel"
    else:
        with pytest.raises(BionerError, match="B716"):
            shim.from_bytes(srsly.msgpack_dumps(files))
    assert not (tmp_path / "executed").exists()


SIZES = {
    "hidden_size": 100_000,
    "intermediate_size": 10**9,
    "num_hidden_layers": 10**6,
    "vocab_size": 10**9,
    "max_position_embeddings": 10**10,
    "num_attention_heads": -1,
    "type_vocab_size": "many",
}


@pytest.mark.parametrize("setting", SIZES)
def test_sizes_beyond_all_measure_are_refused_at_once(tmp_path, setting):
    make_tiny_bert(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, setting: SIZES[setting]}))
    with pytest.raises(BionerError, match=rf"B584.*{setting}"):
        open_checkpoint(tmp_path)


def test_sizes_that_are_too_large_together_are_refused_without_memory(tmp_path):
    make_tiny_bert(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config.update(hidden_size=32_768, num_hidden_layers=12, intermediate_size=131_072)
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(BionerError, match=r"B584.*number of weights"):
        open_checkpoint(tmp_path)


def damage(files, **changed):
    config = json.loads(files["config.json"])
    return {**files, "config.json": json.dumps({**config, **changed}).encode()}


def test_a_saved_network_that_is_not_whole_is_refused(tmp_path):
    make_tiny_bert(tmp_path)
    model = make_transformer(str(tmp_path), max_pieces=64, overlap=8)
    model.initialize()
    files = srsly.msgpack_loads(model.shims[0].to_bytes())
    weights = files["model.safetensors"]
    for code, damaged in [
        ("B716", damage(files, hidden_size=64)),
        ("B716", damage(files, num_hidden_layers=3)),
        ("B716", {**files, "model.safetensors": weights[:-4]}),
        ("B716", {**files, "model.safetensors": b"\xff" * 100}),
        ("B716", {name: content for name, content in files.items() if name != "config.json"}),
        ("B584", damage(files, hidden_size=100_000)),
        ("B715", {**files, "model.safetensors": weights[:-400] + b"\xff" * 400}),
    ]:
        with pytest.raises(BionerError, match=code):
            make_transformer("", max_pieces=64, overlap=8).shims[0].from_bytes(srsly.msgpack_dumps(damaged))
    with pytest.raises(BionerError, match="B716"):
        make_transformer("", max_pieces=64, overlap=8).shims[0].from_bytes(b"\xc1")


def test_the_shared_transformer_brings_no_code_either(tmp_path, monkeypatch):
    pytest.importorskip("spacy_transformers")
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("the user was asked"))
    make_tiny_bert(tmp_path)
    model = make_transformer_model(str(tmp_path))
    model.initialize()
    message = srsly.msgpack_loads(model.layers[0].shims[0].to_bytes())
    message["config"]["auto_map"] = {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}
    shim = make_transformer_model("").layers[0].shims[0]
    shim.from_bytes(srsly.msgpack_dumps(message))
    assert type(shim._model).__name__ == "BertModel"
    message["config"]["hidden_size"] = 100_000
    with pytest.raises(BionerError, match=r"B584.*hidden_size"):
        shim.from_bytes(srsly.msgpack_dumps(message))


@pytest.mark.parametrize(("kind", "prefix"), [("AutoModel", ""), ("AutoModelForMaskedLM", r"bert\.")])
def test_weights_that_are_missing(tmp_path, kind, prefix):
    from safetensors.torch import load_file, save_file

    make_tiny_bert(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BionerError, match=rf"B703.*lacks 1 weights of its bert network \({prefix}encoder\.layer\.1"):
        open_checkpoint(tmp_path, kind)


def test_a_head_that_is_missing_is_drawn_with_a_warning(tmp_path):
    import torch

    make_tiny_bert(tmp_path)
    alone = open_checkpoint(tmp_path).network
    with pytest.warns(UserWarning, match=r"B708.*weights of the head \(cls\."):
        found = open_checkpoint(tmp_path, "AutoModelForMaskedLM").network
    for name, value in alone.state_dict().items():
        if "pooler" not in name:
            assert torch.equal(found.bert.state_dict()[name], value), name


def test_the_encoder_of_a_network_with_a_head_is_taken(tmp_path):
    import torch

    make_tiny_bert(tmp_path, "BertForMaskedLM")
    whole = transformers.BertForMaskedLM.from_pretrained(tmp_path)
    found = open_checkpoint(tmp_path).network
    assert torch.equal(found.encoder.layer[1].output.dense.weight, whole.bert.encoder.layer[1].output.dense.weight)


def test_how_much_a_network_reads_is_the_less_of_two_limits(tmp_path):
    make_tiny_bert(tmp_path, length=64)
    assert longest_input(open_checkpoint(tmp_path)) == 64
    make_tokenizer(tmp_path, length=48)
    assert longest_input(open_checkpoint(tmp_path)) == 48
    make_tokenizer(tmp_path, length=10**30)
    assert longest_input(open_checkpoint(tmp_path)) == 64


def test_a_tokenizer_alone(tmp_path):
    make_tokenizer(tmp_path)
    assert open_tokenizer(tmp_path).tokenize("asthma xy") == ["asthma", "x", "##y"]


def test_without_transformers_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(BionerError, match=r"B900.*spacy-bioner\[transformers\]"):
        open_checkpoint("any")
