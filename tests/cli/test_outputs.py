"""Outputs of commands: looked at before the work, and whole or as they were after it."""

from contextlib import contextmanager

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
        ["merge", "a=model", "--method", "vote", "-o", "file"],
        ["new", "file"],
        ["crossval", DICTIONARY, "a.jsonl", "-o", "file", "--test", "a.jsonl", "--dev", "0"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_file_in_the_place_of_a_folder(files, arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "[B" in result.output, result.output
    assert isinstance(result.exception, SystemExit)


@contextmanager
def disk_of(size):
    """Let no file grow beyond a number of bytes: the write that would do it fails, as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    "arguments",
    [
        ["annotate", "dictionary", "a.jsonl", "old.tsv", "--overwrite"],
        ["card", "dictionary"],
        ["check", "a.jsonl", "--json", "old.json", "--errors", "old.tsv"],
        ["convert", "a.jsonl", "old.tsv"],
        ["evaluate", "dictionary", "a.jsonl", "-o", "old.json", "-p", "old.tsv"],
        ["init", "crf", "old.cfg", "--overwrite"],
        ["merge", "a=dictionary", "b=dictionary", "--method", "vote", "-o", "merged", "--overwrite"],
        ["new", "project"],
        ["split", "a.jsonl", "-o", "parts", "--overwrite"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_full_disk_leaves_every_output_as_it_was(files, arguments):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    for name in ("dictionary", "merged"):
        nlp.to_disk(name)
    for name in ("old.tsv", "old.json", "old.cfg"):
        (files / name).write_text("old")
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    with disk_of(10):
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "[B101]" in result.output or "[B581]" in result.output, result.output
    assert isinstance(result.exception, SystemExit)
    after = {path: path.read_bytes() for path in files.rglob("*") if path.is_file() and ".parts" not in str(path)}
    assert after == before
