"""One set of options for all corpora of a command, in every command."""

import json

import pytest
from places import CONFIGS
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.corpus.reading import Reader
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, read, write


@pytest.fixture
def corpora(tmp_path):
    write([Document("A gene.", [Mention(2, 6, "Gene")], id="a")], tmp_path / "brat", "brat")
    (tmp_path / "tags.tsv").write_text("gene\tB\n\n")
    return tmp_path


def test_an_option_goes_to_the_formats_that_have_it(corpora):
    both = f"{corpora / 'brat'},{corpora / 'tags.tsv'}"
    assert [m.label for d in read(both, label="X") for m in d.mentions] == ["Gene", "X"]
    each = Reader(dict.fromkeys(both.split(",")), label="X", encoding="utf-8")
    assert [m.label for path in both.split(",") for d in each(path) for m in d.mentions] == ["Gene", "X"]
    for options in ({"label": "X"}, {"nonsense": "X"}):
        with pytest.raises(BionerError, match=r"B134.*(label|nonsense)"):
            Reader({str(corpora / "brat"): None}, **options)
    with pytest.raises(BionerError, match="B134"):
        read(corpora / "brat", label="X")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "brat"],
        ["check", "brat", "--against", "brat"],
        ["overlap", "brat", "again=brat"],
        ["convert", "brat", "out.jsonl"],
        ["harmonize", "brat", "-o", "out.jsonl"],
        ["split", "brat", "-o", "out"],
        ["crossval", str(CONFIGS / "dictionary.cfg"), "brat", "-o", "out"],
        ["curve", str(CONFIGS / "dictionary.cfg"), "brat", "-o", "out", "--test", "brat"],
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_every_command_answers_the_same(corpora, monkeypatch, arguments):
    monkeypatch.chdir(corpora)
    result = CliRunner().invoke(app, [*arguments, "--label", "X"])
    assert result.exit_code == 1
    assert "B134" in result.output
    assert not (corpora / "out").exists()


def test_a_corpus_with_the_option_beside_one_without(corpora, monkeypatch):
    monkeypatch.chdir(corpora)
    for arguments in (
        ["check", "brat", "--against", "tags.tsv", "--json", "out.json"],
        ["overlap", "brat", "tags.tsv"],
        ["harmonize", "brat", "--gold", "tags.tsv", "-o", "out.jsonl"],
    ):
        result = CliRunner().invoke(app, [*arguments, "--label", "X"])
        assert result.exit_code == 0, result.output
    assert json.loads((corpora / "out.json").read_text())["against"]["labels"] == {"X": {"mentions": 1, "strings": 1}}
