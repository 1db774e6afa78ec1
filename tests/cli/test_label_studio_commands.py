"""Label Studio's tasks from the command line: what a program annotated is shown to a curator, and what is read."""

import json

import pytest
import spacy
from commands import runner

from spacy_bioner.formats import Document, Mention, read, write

STUDIO = ("--to", "label_studio")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A pipeline without scores, and texts of which it finds something in one."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    write([Document("A rash.", [Mention(2, 6, "ADR")], "a"), Document("No fever.", [], "b")], tmp_path / "in.jsonl")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kinds(path):
    """What each task of a file has, with its number of mentions."""
    tasks = json.loads(path.read_text())
    return [(name, len(one[name][0]["result"])) for one in tasks for name in one if name != "data"]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("annotate", ("model", "in.jsonl", "out.json", *STUDIO)),
        ("suggest", ("model", "in.jsonl", "-n", 2, "--strategy", "random", "-o", "out.json", *STUDIO)),
        ("evaluate", ("model", "in.jsonl", "-p", "out.json", *STUDIO)),
        ("harmonize", ("in.jsonl", "in.jsonl", "-o", "out.json", *STUDIO)),
    ],
)
def test_what_a_program_annotated_is_open_also_where_it_found_nothing(command, arguments, files):
    runner(command)(*arguments)
    assert sorted(kinds(files / "out.json")) == [("predictions", 0), ("predictions", 1)]
    assert "B284" in runner("convert")("out.json", "again.jsonl")


def test_gold_is_done_and_texts_are_not(files):
    run = runner("convert")
    run("in.jsonl", "gold.json", *STUDIO)
    assert kinds(files / "gold.json") == [("annotations", 1), ("annotations", 0)]
    run("in.jsonl", "open.json", *STUDIO, "--predicted")
    assert kinds(files / "open.json") == [("predictions", 1), ("predictions", 0)]
    (files / "a.txt").write_text("A rash.")
    run("a.txt", "texts.json", *STUDIO)
    assert kinds(files / "texts.json") == [("predictions", 0)]
    run("a.txt,in.jsonl", "both.json", *STUDIO)
    assert {kind for kind, _ in kinds(files / "both.json")} == {"annotations"}
    assert "B134" in run("in.jsonl", "out.bioc.json", "--predicted", code=1)


def test_an_annotator_and_the_member_with_the_text(files):
    def by(number, end):
        value = {"start": 2, "end": end, "labels": ["ADR"]}
        return {"completed_by": number, "result": [{"id": "x", "type": "labels", "value": value}]}

    data = {"title": "t", "review": "A rash."}
    (files / "export.json").write_text(json.dumps([{"data": data, "annotations": [by(1, 6), by(2, 3)]}]))
    run = runner("convert")
    assert "'title', 'review'" in run("export.json", "a.jsonl", code=1)
    assert "B298" in run("export.json", "a.jsonl", "--field", "review")
    for annotator, found in (("1", "rash"), ("2", "r")):
        printed = run("export.json", f"{annotator}.jsonl", "--field", "review", "--annotator", annotator)
        assert "[B" not in printed
        (document,) = read(f"{annotator}.jsonl")
        assert [document.text_of(mention) for mention in document.mentions] == [found]
    assert "annotators: 1; 2" in run("export.json", "3.jsonl", "--field", "review", "--annotator", "3", code=1)
    assert "ADR 0.00" in runner("score")("1.jsonl", "2.jsonl", "--agreement")
