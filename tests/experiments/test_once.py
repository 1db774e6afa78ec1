"""A command is run again where its inputs changed in content, and only there."""

import os
import tarfile

import pytest
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.contents import digest_named, digest_path
from spacy_bioner.experiments.once import Record, changes, describe, program, record_of, run_once, saved_at


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
    def run(record):
        made.append(list(record.command))
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


def trainer(work, made, *others):
    """A command that never writes the same twice: ``out/model-last`` and what else is named."""

    def run(record):
        made.append(list(record.command))
        for name in ("out/model-last/model", *others):
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(str(len(made)))
        return 0

    return run


NAMED = [["--output", "out"], ["--output=out"], ["-o", "./out"], ["-o", "out", "--paths.other", "dev.tsv"]]
NAMES = [(named, left) for named in NAMED for left in (False, True)]
NAMES += [(["out"], False)]
"""Nothing says that a folder without an option is not an input, except that it did not exist."""


@pytest.mark.parametrize(("named", "left"), NAMES)
def test_other_results_beside_it_are_no_inputs(work, named, left):
    """The folder of the result, named as the output; also if it is left from a run that failed."""
    made = []
    if left:
        trainer(work, [], "out/model-best/model")(Record([], {}, {}, ""))
    result, command = work / "out/model-last", ["train", "dev.tsv", *named]
    run = trainer(work, made, "out/model-best/model")
    assert [run_once(result, command, run)[1] for _ in range(3)] == [["it does not exist yet"], [], []]
    (work / "dev.tsv").write_text("fever\tB-ADR\n")
    assert [run_once(result, command, run)[1] for _ in range(2)] == [["dev.tsv has changed"], []]


@pytest.mark.parametrize("result", ["train data/out", "train data/out/model-last"])
@pytest.mark.parametrize("change", ["train data/a.ann", "train data/new.ann"])
def test_inputs_beside_the_result_are_seen(work, result, change):
    """``train corpus --output corpus/out``: one folder has the inputs and the results."""
    made = []
    command = ["train", "train data", "--output", "train data/out"]
    run = trainer(work, made, "train data/out/model-last/model", "train data/out/model-best/model")
    assert [run_once(work / result, command, run)[1] for _ in range(2)] == [["it does not exist yet"], []]
    (work / change).write_text("T1\tADR 0 5\tfever\n")
    assert [run_once(work / result, command, run)[1] for _ in range(2)] == [["train data has changed"], []]


@pytest.mark.parametrize("named", ["out", "out/vectors.txt"])
def test_what_is_named_as_an_input_is_one_in_the_folder_of_the_results_too(work, named):
    (work / "out").mkdir()
    (work / "out/vectors.txt").write_text("rash 0 1\n")
    command, run = ["train", "--paths.vectors", named, "--output", "out"], trainer(work, [])
    assert [run_once(work / "out/model-last", command, run)[1] for _ in range(2)] == [["it does not exist yet"], []]
    (work / "out/vectors.txt").write_text("rash 1 0\n")
    assert run_once(work / "out/model-last", command, run)[1] == [f"{named} has changed"]


def test_other_results_that_are_named_are_no_inputs(work):
    command, run = ["evaluate", "dev.tsv", "-p", "found.jsonl"], trainer(work, [], "found.jsonl")
    result = work / "out/model-last"
    assert [run_once(result, command, run)[1] for _ in range(2)] == [["it does not exist yet"], []]
    (work / "dev.tsv").write_text("fever\tB-ADR\n")
    assert [run_once(result, command, run)[1] for _ in range(2)] == [["dev.tsv has changed"], []]
    # Another command may read it.
    assert "found.jsonl" in describe(result, ["table", "found.jsonl"]).inputs


def test_records_of_other_results_are_no_inputs(work):
    command = ["train", "train data"]
    before = describe(work / "out", command).inputs
    record_of(work / "train data/a.ann").write_text("{}")
    assert describe(work / "out", command).inputs == before


def test_a_training_is_saved_under_its_record(work):
    train = ["train", "a.cfg", "--paths.train=train data", "-o", "out"]
    first = program(work / "out" / "model-last", describe(work / "out" / "model-last", train))
    assert first[1:5] == ["-m", "spacy_bioner.training.resume", str(saved_at(work / "out" / "model-last")), "out"]
    assert first[6:] == train
    assert program(work / "out" / "model-last", describe(work / "out" / "model-last", train)) == first
    (work / "train data" / "a.ann").write_text("T1\tADR 0 5\tfever\n")
    changed = program(work / "out" / "model-last", describe(work / "out" / "model-last", train))
    assert changed[5] != first[5]
    assert changed[6:] == train
    for other in (["bioner", "convert", "a", "b", "--output", "c"], ["train", "a.cfg"]):
        assert program(work / "out", describe(work / "out", other))[1:] == ["-m", "spacy", *other]
