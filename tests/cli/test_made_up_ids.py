"""Ids that are made of a file's name and a number say nothing of which documents are the same: texts do."""

import json

import pytest
from commands import runner

from spacy_bioner.formats import read

SENTENCES = [("Rash", "today"), ("No", "fever"), ("Bad", "cough")]


@pytest.fixture
def annotators(tmp_path, monkeypatch):
    """Column files of one name in two folders; the second lacks the first sentence."""
    monkeypatch.chdir(tmp_path)
    for folder, sentences, tags in (("anna", SENTENCES, ("B-ADR", "O")), ("boris", SENTENCES[1:], ("O", "B-ADR"))):
        (tmp_path / folder).mkdir()
        rows = ("".join(f"{word}\t{tag}\n" for word, tag in zip(one, tags, strict=True)) for one in sentences)
        (tmp_path / folder / "test.tsv").write_text("\n".join(rows))
    return tmp_path


def test_score_matches_column_files_by_text(annotators):
    said = runner("score")("anna/test.tsv", "boris/test.tsv", "--json", "f.json")
    assert "lacks 1 document" in said
    figures = json.loads((annotators / "f.json").read_text())["systems"]["test"]
    assert (figures["ents_counts"], figures["missing_documents"]) == ({"tp": 0, "fp": 2, "fn": 3}, 1)


@pytest.mark.parametrize("output", ["silver.jsonl", "silver.bioc.xml"])
def test_harmonize_matches_them_by_text(annotators, output):
    runner("harmonize")("boris/test.tsv", "anna/test.tsv", "-o", output, "--votes", 1)
    found = list(read(output))
    assert sorted("".join(document.text.split()) for document in found) == ["Badcough", "Nofever", "Rashtoday"]
    assert len({document.id for document in found}) == 3


def test_outputs_have_the_ids(annotators):
    named = ("a=anna/test.tsv", "b=boris/test.tsv")
    runner("score")(*named, "--agreement", "--disagreements", "d.jsonl")
    ids = [document.id for document in read("anna/test.tsv")]
    assert len({*ids, ""}) == 4
    found = [json.loads(line) for line in (annotators / "d.jsonl").read_text().splitlines()]
    assert {one["document"] for one in found} == {*ids[1:]}, "what is in both files"
    said = runner("adjudicate")(*named, "-o", "open")
    assert "Annotated by a alone, and so without disputes: 1 document" in said
    assert sorted(document.id for document in read("open")) == ids
