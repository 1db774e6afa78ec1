"""Labels that brat cannot hold are told before the work, with what to do, by every command that writes brat."""

import pytest
import spacy
from commands import runner

from spacy_bioner.formats import Document, Mention, read, write


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A pipeline with a label of two words, which must read no text, and a corpus with that label."""
    monkeypatch.chdir(tmp_path)
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "Adverse reaction"), ("digoxin", "Drug")])
    nlp.to_disk("model")
    texts = [Document("A rash.", [Mention(2, 6, "Adverse reaction")], "1"), Document("A rash again.", id="2")]
    for name in ("one.jsonl", "two.jsonl"):
        write(texts, name)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("annotate", "model", "one.jsonl", "out", "--format", "brat"),
        ("suggest", "model", "one.jsonl", "-n", 1, "--strategy", "random", "-o", "out"),
        ("adjudicate", "one.jsonl", "two.jsonl", "-o", "out"),
        ("check", "one.jsonl", "--model", "model", "--notes", "out"),
        ("evaluate", "model", "one.jsonl", "--predictions", "out", "--to", "brat"),
    ],
)
def test_labels_of_several_words(files, monkeypatch, arguments):
    monkeypatch.setattr("spacy.language.Language.pipe", lambda *_, **__: pytest.fail("the work has begun"))
    before = sorted(files.rglob("*"))
    said = runner(arguments[0])(*arguments[1:], code=1)
    assert "B781" in said
    assert "--labels 'Adverse reaction=Adverse_reaction'" in said
    assert sorted(files.rglob("*")) == before


def test_other_labels_and_other_formats_do(files):
    runner("annotate")("model", "one.jsonl", "out.jsonl")
    runner("annotate")("model", "one.jsonl", "drugs", "--format", "brat", "--labels", "Drug")
    renamed = ("--labels", "Adverse reaction=ADR")
    runner("adjudicate")("one.jsonl", "two.jsonl", "-o", "open", *renamed)
    assert [mention.label for document in read("open") for mention in document.mentions] == ["ADR"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "one.jsonl", "out", "--to", "brat"),
        ("convert", "one.jsonl", "out", "--to", "brat", "--labels", "*=Adverse reaction"),
        ("split", "one.jsonl", "-o", "out", "--to", "brat"),
        ("harmonize", "one.jsonl", "two.jsonl", "-o", "out", "--to", "brat"),
    ],
)
def test_labels_of_several_words_of_files(files, arguments):
    said = runner(arguments[0])(*arguments[1:], code=1)
    assert "B781" in said
    assert "--labels 'Adverse reaction=Adverse_reaction'" in said
    assert not (files / "out").exists()
