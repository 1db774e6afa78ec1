"""``spacy bioner overlap``: what it prints and writes, and that no mistake ends in a traceback."""

import json

import pytest
from commands import runner
from places import DATA
from tiny_bert import make_tokenizer

from spacy_bioner.formats import Document, Mention, write

run = runner("overlap")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "en.tsv").write_text("breast\tB\ncancer\tI\n\nasthma\tB\n\n")
    write([Document("asthma, xy", [Mention(0, 6, "ADR"), Mention(8, 10, "Drugform")])], tmp_path / "ru.jsonl")
    make_tokenizer(tmp_path / "bert")
    return tmp_path


def test_it_prints_and_writes_the_shares(files):
    given = [
        files / "en.tsv",
        f"russian={files / 'ru.jsonl'}",
        "--label",
        "Disease",
        "--json",
        files / "a" / "out.json",
    ]
    printed = run(*given, "--labels", "ADR=Disease,Drugform=")
    assert "en all 2 3 3 russian all 1 1 1 en Disease 2 3 3 russian Disease 1 1 1" in printed
    assert "en Disease 100.00 33.33 russian Disease 100.00 100.00" in printed
    figures = json.loads((files / "a" / "out.json").read_text())
    assert figures["unit"] == "words"
    assert figures["labels"] == {"ADR": "Disease", "Drugform": None}
    assert figures["shares"]["Disease"]["en"]["russian"] == pytest.approx({"distinct": 1 / 3, "tokens": 1 / 3})
    assert list(figures["sizes"]) == ["all", "Disease"]


def test_each_match_of_a_pattern_is_a_corpus(files):
    write([Document("rash", [Mention(0, 4, "ADR")])], files / "de.jsonl")
    assert "de all 1 1 1 ru all 2 2 2" in run(files / "*.jsonl")


@pytest.mark.parametrize("name", ["bert", "bert/vocab.txt"])
def test_word_pieces(files, name):
    twice = f"twice={files / 'ru.jsonl'},{files / 'ru.jsonl'}"
    printed = run(files / "ru.jsonl", twice, "--transformer", files / name, "--labels", "ADR=Disease,*=Drug")
    assert "corpus label mentions word pieces distinct" in printed
    assert "ru Disease 1 1 1 twice Disease 2 2 1 ru Drug 1 2 2 twice Drug 2 4 2" in printed


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("B130", ["absent.tsv"]),
        ("B130", ["absent/*.tsv"]),
        ("B145", ["en.tsv"]),
        ("B839", ["ru.jsonl", "ru.jsonl"]),
        ("B235", ["ru.jsonl", "--labels", "ADR"]),
        ("B714", ["ru.jsonl", "--transformer", "absent/vocab.txt"]),
        ("B714", ["ru.jsonl", "--transformer", "en.tsv"]),
        ("B700", ["ru.jsonl", "--transformer", "./absent"]),
    ],
)
def test_mistakes_are_told_in_one_message(files, monkeypatch, code, arguments):
    monkeypatch.chdir(files)
    printed = run(*arguments, code=1)
    assert code in printed
    assert "Traceback" not in printed


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
def test_russian_reviews_lie_nearer_to_russian_abstracts_than_english_reviews(tmp_path):
    corpora = {"en": "psytar/dev.txt", "ru": "ru/rudrec.jsonl", "abstracts": "ru/nerel-bio-v1.0.tar.xz"}
    labels = "ADR=Disease,DI=Disease,DISO=Disease,*="
    run(*(f"{name}={DATA / path}" for name, path in corpora.items()), "--labels", labels, "--json", tmp_path / "x.json")
    figures = json.loads((tmp_path / "x.json").read_text())
    assert figures["sizes"]["Disease"]["ru"]["mentions"] == 1401 + 720
    assert figures["sizes"]["Disease"]["abstracts"]["mentions"] == 11570
    assert figures["shares"]["all"]["ru"]["abstracts"]["tokens"] > 10 * figures["shares"]["all"]["ru"]["en"]["tokens"]
