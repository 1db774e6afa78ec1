"""``spacy bioner verify``: one page about a saved pipeline; nothing of it is loaded."""

import json
import shutil

import numpy as np
import pytest
import spacy
from spacy.training import Example
from spacy.vectors import Vectors
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.ml import saved_model
from spacy_bioner.pipeline.sealed import META

TINY = {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "hidden": 4, "char_dim": 3, "max_filters": 4}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    nlp = spacy.blank("en")
    nlp.vocab.vectors = Vectors(data=np.ones((2, 5), "f"), keys=["asthma", "aspirin"])
    nlp.add_pipe("bioner_sentences")
    nlp.add_pipe("bioner_dictionary", config={"prune": 0.0})
    nlp.add_pipe("bioner_bilstm_crf", config={"model": {"tok2vec": TINY}})
    nlp.add_pipe("entity_ruler")
    text = "Aspirin treats asthma ."
    example = Example.from_dict(nlp.make_doc(text), {"entities": [(0, 7, "Drug"), (15, 21, "Disease")]})
    nlp.initialize(lambda: [example])
    folder = tmp_path_factory.mktemp("whole")
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def model(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "model")


def verify(model, *options):
    result = CliRunner().invoke(app, ["verify", str(model), *options])
    return result.exit_code, result.output


def test_a_whole_pipeline(model, monkeypatch):
    monkeypatch.setattr(saved_model, "read_model", lambda *_: pytest.fail("weights were loaded"))
    monkeypatch.setattr("spacy.load", lambda *_: pytest.fail("the pipeline was loaded"))
    code, page = verify(model)
    assert code == 0, page
    for part in (
        "2 labels: Disease, Drug",
        "word vectors: 2 x 5",
        "✔ complete",
        "LABELS 1,000",
        "spacy-bioner[torch]",
        "torch",
    ):
        assert part in page
    found = json.loads(verify(model, "--json")[1])
    assert found["complete"]
    assert not found["faults"]
    assert [c["name"] for c in found["components"]] == [
        *("bioner_sentences", "bioner_dictionary", "bioner_bilstm_crf", "entity_ruler")
    ]
    network = found["components"][2]
    assert network["about"]["parameters"] > 100
    assert network["files"]["model"]["right"]
    assert len(page.splitlines()) < 50


DAMAGE = {
    "bioner_bilstm_crf/model": ("B580", lambda data: data[:-1] + b"x"),
    "bioner_bilstm_crf/cfg": ("B580", lambda data: None),
    f"bioner_bilstm_crf/{META}": ("B580", lambda data: data.replace(b"Drug", b"Drag")),
    "bioner_dictionary/terms.msgpack.gz": ("B580", lambda data: data[:9]),
    f"bioner_dictionary/{META}": ("B580", lambda data: None),
    "config.cfg": ("B583", lambda data: data.replace(b"threshold = 0.0", b"threshold = 0.9")),
    "meta.json": ("B901", lambda data: data.replace(b"spacy-bioner[torch]", b"spacy-nothing")),
    "vocab/vectors": ("B582", lambda data: data[:-1] + b"\1"),
    "vocab/key2row": ("B580", lambda data: data[:-1]),
    "tokenizer": ("B583", lambda data: data + b" "),
}


@pytest.mark.parametrize("file", DAMAGE)
def test_what_is_wrong_is_named(model, file):
    code, change = DAMAGE[file]
    data = change((model / file).read_bytes())
    (model / file).unlink()
    if data is not None:
        (model / file).write_bytes(data)
    status, page = verify(model)
    assert status == 1
    assert f"✘ [{code}]" in page
    assert "✘ incomplete" in page


@pytest.mark.parametrize("file", ["config.cfg", "meta.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[", b"[]", b"{}"])
def test_garbage_is_a_fault_and_no_traceback(model, file, content):
    (model / file).write_bytes(content)
    status, page = verify(model)
    assert "Traceback" not in page
    assert (status == 1 and "✘ [B58" in page) or file == "meta.json"


def test_what_is_no_pipeline(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        status, page = verify(path)
        assert status == 1
        assert "B804" in page
