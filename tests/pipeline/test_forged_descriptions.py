"""Pipelines of a stranger, sealed anew after they were edited: verify and load refuse them with a code."""

import hashlib
import json

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline import sealed
from spacy_bioner.pipeline.load import load_pipeline


@pytest.fixture
def model(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    (tmp_path / "outside").write_bytes(b"a secret")
    return tmp_path / "model"


SHA = hashlib.sha256(b"a secret").hexdigest()
FORGERIES = {
    "beside, elsewhere": lambda meta: meta["beside"].update({"../outside": SHA}),
    "beside, a device": lambda meta: meta["beside"].update({"/dev/null": hashlib.sha256().hexdigest()}),
    "beside, a long name": lambda meta: meta["beside"].update({"a" * 5000: SHA}),
    "beside, a number": lambda meta: meta.update(beside=5),
    "a file elsewhere": lambda meta: meta["files"].update({"../outside": {"bytes": 8, "sha256": SHA}}),
    "a file of another form": lambda meta: meta["files"].update({"terms.msgpack.gz": {}}),
    "files, a list": lambda meta: meta.update(files=["x"]),
    "bytes, a text": lambda meta: meta["files"]["terms.msgpack.gz"].update(bytes="x"),
    "labels, a number": lambda meta: meta["about"].update(labels=5),
    "labels, numbers": lambda meta: meta["about"].update(labels=[1, 2]),
    "about, a list": lambda meta: meta.update(about=[1]),
    "no versions": lambda meta: meta.update(versions=None),
    "no vectors": lambda meta: meta.pop("vectors"),
}


def verify(model):
    result = CliRunner().invoke(app, ["verify", str(model)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    return result.output


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_description_is_refused(name, model):
    path = model / "bioner_dictionary" / sealed.META
    meta = json.loads(path.read_text())
    del meta["seal"]
    FORGERIES[name](meta)
    meta["seal"] = sealed.digest(sealed._canonical(meta))
    path.write_text(json.dumps(meta))
    with pytest.raises(BionerError, match="B580"):
        spacy.load(model)
    assert "✘ [B580]" in verify(model)


@pytest.mark.parametrize("names", ["[1]", '["absent"]', '["../outside"]', '["/proc"]', '["."]'])
def test_the_config_names_components_of_the_folder(names, model):
    config = model / "config.cfg"
    config.write_text(config.read_text().replace('["bioner_dictionary"]', names))
    assert "✘ [B580]" in verify(model)


@pytest.mark.parametrize("requirements", [5, [5, None], {"spacy": 1}])
def test_requirements_of_another_form_are_faults(requirements, model):
    meta = json.loads((model / "meta.json").read_text())
    (model / "meta.json").write_text(json.dumps({**meta, "requirements": requirements}))
    assert "✘ [B901]" in verify(model)


def test_no_component_leads_out_of_the_folder_that_a_pipeline_is_saved_in(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_sentences", name=str(tmp_path / "elsewhere"))
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    with pytest.raises(BionerError, match="B804"):
        load_pipeline(tmp_path / "model")
