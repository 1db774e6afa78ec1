"""A brat folder that a command writes opens in brat as it is, with every label that its curator may need."""

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.formats import Document, Mention, write

# Only the documents d0 to d2 are part of a result that has errors, or few documents: Drug and Sign are elsewhere.
TEXTS = ["No rash.", "A rash was seen.", "The rash went."]
DOCUMENTS = [
    *(Document(text, [Mention(at := text.index("rash"), at + 4, "ADR")], id=f"d{i}") for i, text in enumerate(TEXTS)),
    Document("Aspirin for pallor.", [Mention(0, 7, "Drug"), Mention(12, 18, "Sign")], id="d3"),
    Document("Some rash again.", id="d4"),
]


@pytest.fixture
def files(tmp_path, monkeypatch):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR"), ("aspirin", "Drug"), ("pallor", "Sign")])
    nlp.to_disk(tmp_path / "model")
    write(DOCUMENTS, tmp_path / "all.jsonl")
    write(DOCUMENTS[:1], tmp_path / "one.jsonl")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("convert all.jsonl out --to brat", [""]),
        ("split all.jsonl -o out --to brat --shares 60,20,20", ["train", "dev", "test"]),
        ("annotate model one.jsonl out --format brat", [""]),
        ("suggest model one.jsonl -n 1 --strategy random -o out", [""]),
        ("check all.jsonl --notes out", [""]),
        ("adjudicate one=all.jsonl two=all.jsonl -o out", [""]),
    ],
)
def test_every_label_can_be_given_in_brat(files, command, folders):
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 0, result.output
    for folder in folders:
        place = files / "out" / folder
        entities = (place / "annotation.conf").read_text("utf8").partition("[relations]")[0].split()
        assert {"ADR", "Drug", "Sign"} <= set(entities), folder
        assert (place / "visual.conf").is_file()
