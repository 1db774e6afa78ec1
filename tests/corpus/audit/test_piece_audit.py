"""Word pieces of a corpus, counted by hand."""

import json

import pytest
from tiny_bert import make_tokenizer
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.corpus.audit.pieces import audit_pieces
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, write
from spacy_bioner.pipeline.named_tokenizer import NamedTokenizer

# "asthma", "is" and "common" are one piece each; every other word has one for each letter
DOCUMENTS = [
    Document("asthma is common. Xyz is common.", id="a"),  # 4 + 6 pieces with the full stops
    Document("Ω is common", id="b"),  # an unknown word
    Document(" ".join(["asthma"] * 200), id="c"),
    Document("", id="empty"),
]


@pytest.fixture
def tokenizer(tmp_path):
    make_tokenizer(tmp_path / "bert")
    return tmp_path / "bert"


def test_pieces_are_counted_by_word_sentence_and_document(tokenizer):
    figures = audit_pieces(DOCUMENTS, NamedTokenizer("bio"), tokenizer)
    assert figures["tokens"] == 4 + 4 + 3 + 200
    assert figures["pieces"] == 4 + 6 + 3 + 200
    assert figures["pieces_per_token"] == pytest.approx(213 / 211)
    assert figures["unknown"] == 1
    assert figures["longest"] == {"sentences": 202, "documents": 202}
    assert figures["longer"]["128"] == {"sentences": 1 / 4, "documents": 1 / 3}
    assert figures["longer"]["192"] == {"sentences": 1 / 4, "documents": 1 / 3}
    assert figures["longer"]["256"] == {"sentences": 0.0, "documents": 0.0}
    assert figures["max_pieces"] == 224


def test_an_empty_corpus_has_no_pieces(tokenizer):
    figures = audit_pieces([], NamedTokenizer("bio"), tokenizer)
    assert (figures["tokens"], figures["pieces_per_token"], figures["max_pieces"]) == (0, 0.0, 0)


def test_check_shows_and_writes_the_figures(tokenizer, tmp_path):
    write(DOCUMENTS[:3], tmp_path / "data.jsonl")
    arguments = [str(tmp_path / "data.jsonl"), "--transformer", str(tokenizer), "--json", str(tmp_path / "out.json")]
    result = CliRunner().invoke(app, ["check", *arguments])
    assert result.exit_code == 0, result.output
    assert "1.01 word pieces per token" in result.output
    assert json.loads((tmp_path / "out.json").read_text())["data"]["pieces"]["max_pieces"] == 224


def test_no_such_transformer(tmp_path):
    with pytest.raises(BionerError, match="B700"):
        audit_pieces([], NamedTokenizer("bio"), tmp_path / "nothing")
