"""Configs and projects that a user writes from the package."""

import os

import pytest
from places import CONFIGS
from spacy.util import load_config

from spacy_bioner.errors import BionerError
from spacy_bioner.experiments import project_files
from spacy_bioner.experiments.project_files import config_names, config_subjects, write_config, write_project
from spacy_bioner.formats.whole_folder import PART


@pytest.mark.parametrize("name", config_names())
def test_a_config_keeps_its_settings_and_its_comments(name, tmp_path):
    write_config(name, tmp_path / "my.cfg")
    source, written = load_config(CONFIGS / f"{name}.cfg"), load_config(tmp_path / "my.cfg")
    assert contains(written, source)
    text = (tmp_path / "my.cfg").read_text(encoding="utf8")
    comments = [line for line in (CONFIGS / f"{name}.cfg").read_text(encoding="utf8").splitlines() if line[:1] == "#"]
    mine = str(tmp_path / "my.cfg")
    missing = [line for line in comments if line.replace(f"configs/{name}.cfg", mine) not in text.splitlines()]
    assert missing == []


def contains(whole, part):
    if not isinstance(part, dict):
        return whole == part
    return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)


def test_what_is_there_stays(tmp_path):
    (tmp_path / "my.cfg").write_text("mine")
    with pytest.raises(BionerError, match="B924"):
        write_config("crf", tmp_path / "my.cfg")
    write_config("crf", tmp_path / "my.cfg", overwrite=True)
    assert "bioner_crf" in (tmp_path / "my.cfg").read_text(encoding="utf8")
    with pytest.raises(BionerError, match=r"B923.*dictionary"):
        write_config("crff", tmp_path / "other.cfg")
    with pytest.raises(BionerError, match="B925"):
        write_project(tmp_path)


def test_what_a_killed_call_left_is_no_hindrance(tmp_path):
    """It is killed before the first file is moved; see ``into_folder`` for later."""
    (tmp_path / "new" / PART).mkdir(parents=True)
    (tmp_path / "new" / PART / "README.md").touch()
    (tmp_path / "new" / f"{PART}.lock").touch()
    write_project(tmp_path / "new")
    assert {"project.yml", "configs", "README.md"} <= {*os.listdir(tmp_path / "new")}
    assert not any(name.startswith(PART) for name in os.listdir(tmp_path / "new"))


def test_a_project_has_its_project_file_last(tmp_path, monkeypatch):
    move, before = os.replace, []

    def look_and_move(source, target):
        before.extend(os.listdir(tmp_path / "new"))
        move(source, target)

    monkeypatch.setattr(os, "replace", look_and_move)
    write_project(tmp_path / "new")
    assert {*before} - {PART, f"{PART}.lock"} == {*os.listdir(tmp_path / "new")} - {"project.yml"}


def test_an_installation_without_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(project_files, "__file__", str(tmp_path / "a/spacy_bioner/experiments/project_files.py"))
    with pytest.raises(BionerError, match="B922"):
        write_project(tmp_path / "new")


def test_every_config_says_what_it_is():
    subjects = config_subjects()
    assert list(subjects) == config_names()
    assert subjects["bilstm_crf_fast"] == "BiLSTM-CRF for a CPU and a corpus of a few thousand sentences"
    assert subjects["lstm_crf"].startswith("LSTM-CRF as Giorgi & Bader 2018 train it, on")
    assert all(len(subject) > 5 and "#" not in subject for subject in subjects.values())
