"""Every command that takes a pipeline says what is wrong with another folder, and which one is meant."""

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.formats import Document, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    (folder / "out").mkdir()
    for name in ("model-best", "model-last"):
        spacy.blank("en").to_disk(folder / "out" / name)
    write([Document("No rash.", id="a")], folder / "data", format="brat")
    (folder / "notes.txt").write_text("No rash.", "utf8")
    return folder


@pytest.mark.parametrize("given", ["data", "out", "absent"])
@pytest.mark.parametrize(
    "command",
    [
        "evaluate {} data",
        "annotate {} data found --to brat",
        "suggest {} data -n 1 -o next",
        "check data --model {}",
        "card {}",
        "verify {}",
        "ask {} what? notes.txt",
        "serve {}",
        "merge {} {} -o merged --method vote",
    ],
)
def test_what_is_no_pipeline(folder, monkeypatch, command, given):
    if command.startswith("serve"):
        pytest.importorskip("uvicorn")
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(app, command.replace("merge {} {}", "merge a={} b={}").format(given, given).split())
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert f"[B804] no pipeline {given} (" in " ".join(result.output.split())
    assert given != "out" or "out/model-last" in "".join(result.output.split())
