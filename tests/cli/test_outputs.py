"""What a command is to write is looked at before its work: a folder in the place of a file is a coded error."""

import pytest
import spacy
from places import CONFIGS
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.formats import Document, Mention, write

DICTIONARY = str(CONFIGS / "dictionary.cfg")


@pytest.fixture
def files(tmp_path, monkeypatch):
    write([Document("A rash.", [Mention(2, 6, "ADR")], id="a")], tmp_path / "a.jsonl")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    spacy.blank("en").to_disk(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "a.jsonl", "--json", "folder"],
        ["card", "model", "-o", "folder"],
        ["compare", "runs", "--json", "folder"],
        ["convert", "a.jsonl", "folder", "--to", "jsonl"],
        ["evaluate", "model", "a.jsonl", "-o", "folder"],
        ["evaluate", "model", "a.jsonl", "-p", "folder"],
        ["harmonize", "a.jsonl", "-o", "folder", "--to", "jsonl"],
        ["harmonize", "a.jsonl", "-o", "b.jsonl", "--json", "folder"],
        ["overlap", "a.jsonl", "--json", "folder"],
        ["report", "runs", "-o", "folder"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_folder_in_the_place_of_a_file(files, arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "[B806]" in result.output or "[B101]" in result.output, result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    "arguments",
    [
        ["split", "a.jsonl", "-o", "file"],
        ["crossval", DICTIONARY, "a.jsonl", "-o", "file", "--test", "a.jsonl", "--dev", "0"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_file_in_the_place_of_a_folder(files, arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "[B" in result.output, result.output
    assert isinstance(result.exception, SystemExit)
