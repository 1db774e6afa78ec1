"""``spacy bioner suggest``: folders and files of suggestions, exit codes, and mistakes told in one message."""

import json
import warnings

import pytest
import spacy
from commands import runner
from spacy.language import Language

from spacy_bioner.formats import Document, Mention, read, write

run = runner("suggest")
TEXTS = [
    Document("A rash came. Then a tremor came.", id="a"),
    Document("Nothing happened at all here.", id="b"),
    Document("A cough and a rash.", id="c"),
]


@pytest.fixture
def files(tmp_path):
    nlp = spacy.blank("en")
    for key, terms in (("one", ["rash", "cough"]), ("two", ["rash", "tremor"])):
        part = nlp.add_pipe("bioner_dictionary", name=key, config={"spans_key": key})
        part.add_terms([(term, "ADR") for term in terms])
    nlp.to_disk(tmp_path / "two")
    nlp.remove_pipe("two")
    nlp.to_disk(tmp_path / "one")
    write(TEXTS, tmp_path / "pool.jsonl")
    write([Document("A  cough and a rash.", [Mention(3, 8, "ADR")])], tmp_path / "known.jsonl")
    return tmp_path


def test_a_brat_folder_with_what_the_pipeline_found(files):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is lost that suggest itself adds
        printed = run(files / "two", files / "pool.jsonl", "-n", 2, "--strategy", "committee", "-o", files / "next")
    assert "2 of 3 documents, 12 words" in printed
    header, *rows = [line.split("\t") for line in (files / "next.suggested.tsv").read_text().splitlines()]
    assert header == ["rank", "id", "words", "gain", "mentions"]
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [("1", "a", "7", "2"), ("2", "c", "5", "2")]
    assert float(rows[0][3]) >= float(rows[1][3]) > 0
    assert sorted(path.name for path in (files / "next").iterdir()) == [
        *("a.ann", "a.txt", "annotation.conf", "c.ann", "c.txt", "visual.conf"),
    ]
    found = {document.id: document for document in read(files / "next")}
    assert [found["a"].text_of(mention) for mention in found["a"].mentions] == ["rash", "tremor"]
    again = run(files / "two", files / "pool.jsonl", "-n", 2, "-o", files / "next", "--strategy", "random", code=1)
    assert "B175" in again
    run(files / "two", files / "pool.jsonl", "-n", 1, "-o", files / "next", "--strategy", "random", "--overwrite")


def test_into_this_folder(files, monkeypatch):
    (files / "here").mkdir()
    monkeypatch.chdir(files / "here")
    run(files / "two", files / "pool.jsonl", "-n", 2, "--strategy", "random", "-o", ".")
    assert len((files / "here.suggested.tsv").read_text().splitlines()) == 3


def test_sentences_without_those_that_are_known(files):
    figures = files / "figures.json"
    printed = run(files / "two", files / "pool.jsonl", "--words", 9, "--strategy", "committee", "--unit", "sentence",
                  "--known", files / "known.jsonl", "-o", files / "next.jsonl", "--json", figures)  # fmt: skip
    assert "of 3 sentences" in printed
    found = list(read(files / "next.jsonl"))
    assert found[0].text == "Then a tremor came."
    assert found[0].meta["suggested"]["rank"] == 1
    record = json.loads(figures.read_text())
    assert record["strategy"] == "committee"
    assert [one["id"] for one in record["suggestions"]] == [document.id for document in found]
    assert sum(one["words"] for one in record["suggestions"]) <= 9


@pytest.mark.parametrize("strategy", ["committee", "random"])
def test_texts_that_fail_are_left_out(files, strategy):
    nlp = spacy.load(files / "two")

    @Language.component("fails_on_cough")
    def fails(doc):
        if "cough" in doc.text:
            raise ValueError("no cough")
        return doc

    nlp.add_pipe("fails_on_cough", first=True)
    nlp.to_disk(files / "failing")
    arguments = (files / "failing", files / "pool.jsonl", "-n", 3, "--strategy", strategy, "-o", files / "next")
    printed = run(*arguments, code=3)
    assert "Failed and left out: 1 text; the first: c: ValueError: no cough" in printed
    assert {document.id for document in read(files / "next")} == {"a", "b"}
    assert len((files / "next.suggested.tsv").read_text().splitlines()) == 3
    write(TEXTS[2:], files / "pool.jsonl")
    assert "the first: c: ValueError" in run(*arguments, "--overwrite", code=3)


@pytest.mark.parametrize("strategy", ["committee", "random"])
def test_texts_that_are_too_long_are_left_out(files, strategy):
    write([Document("x " * 500_001, id="long"), *TEXTS], files / "pool.jsonl")
    printed = run(files / "two", files / "pool.jsonl", "-n", 3, "--strategy", strategy, "-o", files / "next", code=3)
    assert "Failed and left out: 1 text; the first: long: BionerError: [B809]" in printed
    assert len(list(read(files / "next"))) == 3


def test_an_empty_choice_names_no_limit_that_was_not_given(files, monkeypatch):
    monkeypatch.chdir(files)
    given = ["two", "known.jsonl", "-o", "next", "--known", "known.jsonl", "--strategy", "random"]
    assert "is in --known" in (printed := " ".join(run(*given, "-n", 1, code=1).split()))
    assert "words" not in printed
    assert "more than 1 words" in " ".join(run(*given, "--words", 1, code=1).split())


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("B725", ["two", "pool.jsonl", "-o", "next"]),
        ("B720", ["two", "pool.jsonl", "-o", "next", "-n", 1, "--strategy", "luck"]),
        ("B721", ["two", "pool.jsonl", "-o", "next", "-n", 1]),
        ("B722", ["one", "pool.jsonl", "-o", "next", "-n", 1, "--strategy", "committee"]),
        ("B726", ["two", "pool.jsonl", "-o", "next", "--words", 1, "--strategy", "random"]),
        ("B726", ["two", "known.jsonl", "-o", "next", "-n", 1, "--known", "known.jsonl", "--strategy", "random"]),
        ("B236", ["two", "pool.jsonl", "-o", "next", "-n", 1, "--unit", "page"]),
        ("B130", ["two", "absent", "-o", "next", "-n", 1]),
        ("B804", ["absent", "pool.jsonl", "-o", "next", "-n", 1]),
        ("B131", ["two", "pool.jsonl", "-o", "next", "-n", 1, "--to", "word"]),
        ("B806", ["two", "pool.jsonl", "-o", "next", "-n", 1, "--json", "."]),
    ],
)
def test_mistakes_are_told_in_one_message(files, monkeypatch, code, arguments):
    monkeypatch.chdir(files)
    printed = run(*arguments, code=1)
    assert code in printed
    assert "Traceback" not in printed
