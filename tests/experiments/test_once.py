"""A command is run again where its inputs changed in content, and only there."""

import os
import tarfile

import pytest
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.contents import digest_named, digest_path
from spacy_bioner.experiments.once import changes, describe, record_of, run_once


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train data").mkdir()
    (tmp_path / "train data/a.ann").write_text("T1\tADR 0 4\trash\n")
    (tmp_path / "dev.tsv").write_text("rash\tB-ADR\n")
    (tmp_path / "terms.tsv").write_text("rash\tADR\n")
    (tmp_path / "a.cfg").write_text('[paths]\nterms = "terms.tsv"\n')
    return tmp_path


COMMAND = ["train", "a.cfg", "--paths.train", "train data,dev.tsv", "--paths.label", ""]


def runs(work, made, status=0):
    def run(command):
        made.append(list(command))
        if not status:
            (work / "out").mkdir(exist_ok=True)
            (work / "out/model").write_text(str(len(made)))
        return status

    return run


def test_every_file_that_is_named_is_an_input(work):
    found = digest_named([*COMMAND, "name=dev.tsv", "--source=x=terms.tsv", "out"], [work / "out"])
    assert set(found) == {"a.cfg", "dev.tsv", "terms.tsv", "train data"}
    assert digest_named([".", "..", "", "no such file", "x" * 5000, "a\0b"]) == {}


def test_a_place_in_an_archive_is_an_input(work):
    with tarfile.open(work / "gold.tar.gz", "w:gz") as archive:
        archive.add(work / "train data", "train")
    found = digest_named(["--paths.train", "gold.tar.gz/train,gold.tar.gz/dev"])
    assert found == {"gold.tar.gz": digest_path(work / "gold.tar.gz")}


def test_one_file_of_a_brat_pair_stands_for_all(work):
    (work / "b.txt").write_text("rash")
    (work / "b.ann").write_text("")
    assert set(digest_named(["--paths.train=b.ann"])) == {"b.ann", "b.txt"}


@pytest.mark.parametrize("change", ["train data/a.ann", "dev.tsv", "terms.tsv", "a.cfg", "out/model"])
def test_it_runs_again_where_content_changed(work, change):
    """Data in a folder, a file among several, a file that only the config names, the config, the result itself."""
    made = []
    assert run_once(work / "out", COMMAND, runs(work, made)) == (0, ["it does not exist yet"])
    assert run_once(work / "out", COMMAND, runs(work, made)) == (0, [])
    os.utime(work / "dev.tsv", (1, 1))  # touched, not changed
    assert run_once(work / "out", COMMAND, runs(work, made)) == (0, [])
    assert len(made) == 1
    with (work / change).open("a") as file:
        file.write("\n" if change != "a.cfg" else "\n[run]\nepochs = 1\n")
    _, why = run_once(work / "out", COMMAND, runs(work, made))
    assert len(made) == 2
    assert any(change.partition("/")[0] in reason for reason in why)


def test_another_command_or_version_runs_again(work, monkeypatch):
    made = []
    run_once(work / "out", COMMAND, runs(work, made))
    assert changes(work / "out", describe(work / "out", [*COMMAND, "--run.epochs", "2"])) == ["the command"]
    monkeypatch.setattr("spacy_bioner.experiments.once.versions", lambda: {"spacy": "0"})
    assert changes(work / "out", describe(work / "out", COMMAND)) == ["the versions of the packages"]


def test_a_failure_leaves_no_record(work):
    made = []
    run_once(work / "out", COMMAND, runs(work, made))
    (work / "dev.tsv").write_text("fever\tB-ADR\n")
    assert run_once(work / "out", COMMAND, runs(work, made, status=3))[0] == 3
    assert not record_of(work / "out").exists()
    assert run_once(work / "out", COMMAND, runs(work, made)) == (0, ["it does not exist yet"])
    record_of(work / "out").write_text("{")
    assert "cannot be read" in run_once(work / "out", COMMAND, runs(work, made))[1][0]


def test_a_command_that_makes_nothing_is_told(work):
    with pytest.raises(BionerError, match="B921"):
        run_once(work / "out", COMMAND, lambda command: 0)
    result = CliRunner().invoke(app, ["once", "out"])
    assert result.exit_code == 1
    assert "B920" in result.output


def test_a_folder_is_its_names_and_its_bytes(work):
    before = digest_path(work / "train data")
    (work / "train data/a.ann").rename(work / "train data/b.ann")
    assert digest_path(work / "train data") != before
