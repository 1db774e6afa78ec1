"""Files of one name in several folders, as annotators have them: told apart by NAME=PATH, and never mixed up."""

import json
from dataclasses import replace

import pytest
from commands import runner

from spacy_bioner.formats import Document, Mention, write

score = runner("score")


@pytest.fixture
def annotators(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, mentions in (("anna", [Mention(2, 6, "ADR")]), ("boris", []), ("clara", [Mention(2, 6, "ADR")])):
        (tmp_path / name).mkdir()
        write([Document("A rash.", mentions, "1")], tmp_path / name / "notes.jsonl")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "others"),
    [
        ("score", ["--agreement"]),
        ("score", ["--disagreements", "d.jsonl"]),
        ("score", ["--agreement", "--disagreements", "d.jsonl"]),
        ("score", ["c=clara/notes.jsonl", "--agreement"]),
        ("adjudicate", ["-o", "out"]),
        ("overlap", []),
    ],
)
def test_two_of_one_name_are_refused(annotators, command, others):
    printed = runner(command)("anna/notes.jsonl", "boris/notes.jsonl", *others, code=1)
    assert "B839" in printed
    assert not (annotators / "d.jsonl").exists()


@pytest.mark.parametrize("first", ["anna/notes.jsonl", "a=anna/notes.jsonl"])
def test_one_name_is_enough(annotators, first):
    name = "a" if "=" in first else "notes"
    printed = score(first, "b=boris/notes.jsonl", "--agreement", "--disagreements", "d.jsonl")
    assert f"{name}, b" in printed
    (line,) = (annotators / "d.jsonl").read_text().splitlines()
    assert (json.loads(line)["marked_by"], json.loads(line)["not_by"]) == ([name], ["b"])


def test_scores_against_gold_show_no_name_of_it(annotators):
    """So GOLD may have the name of a set."""
    assert "all 100.00" in score("anna/notes.jsonl", "clara/notes.jsonl")
    assert "all 100.00" in score("gold=anna/notes.jsonl", "clara/notes.jsonl")


def test_documents_that_only_one_annotator_has_are_told(annotators):
    other = Document("No pain.", [], "2")
    write([Document("A rash.", [], "1"), other], annotators / "dora.jsonl")
    printed = score("dora.jsonl", "anna=anna/notes.jsonl", "--agreement")
    assert "dora, anna: 1 document" in printed
    assert "dora and anna: left out 1 document that only dora has" in printed


@pytest.mark.parametrize(
    ("command", "word", "options"), [(score, "Ignored", []), (runner("adjudicate"), "Left out", ["-o", "out"])]
)
def test_repeats_are_told_apart(annotators, command, word, options):
    rash = Document("A rash.", [], "1")
    write([rash, replace(rash, id="2"), Document("Other.", [], "3")], annotators / "d.jsonl")
    printed = command("anna/notes.jsonl", "d.jsonl", *options)
    assert f"{word}: 1 document of d that" in printed
    assert f"{word}: 1 document of d whose text" in printed
