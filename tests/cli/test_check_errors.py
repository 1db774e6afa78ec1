"""``spacy bioner check --errors``: likely errors of the gold as a table and as a folder for brat."""

import json

import pytest
import spacy
from commands import runner
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.formats import Document, Mention, read, write
from spacy_bioner.training.corpora import unannotated

run = runner("check")
TEXTS = ["A rash came today .", "Then a rash again .", "No cough or rash here .", "One rash more ."] * 2


def documents():
    made = [
        Document(text, [Mention(text.index("rash"), text.index("rash") + 4, "ADR")], f"d{i}")
        for i, text in enumerate(TEXTS)
    ]
    made[5].mentions = []
    return made


@pytest.fixture
def files(tmp_path):
    write(documents(), tmp_path / "data.jsonl")
    return tmp_path


def test_a_table_and_a_folder_with_notes(files):
    table, notes = files / "errors.tsv", files / "notes"
    printed = run(files / "data.jsonl", "--errors", table, "--notes", notes, "--json", files / "check.json")
    assert "Likely errors" in printed
    assert "missing d5 ADR 'rash'" in printed
    header, row = [line.split("\t") for line in table.read_text().splitlines()]
    found = dict(zip(header, row, strict=True))
    assert (found["document"], found["kind"], found["proposed_start"], found["label"]) == ("d5", "missing", "7", "")
    (document,) = read(notes)
    assert [(mention.label, mention.start) for mention in document.mentions] == [("missing_ADR", 7)]
    assert "check 0.78, missing" in (notes / "d5.ann").read_text()
    assert json.loads((files / "check.json").read_text())["likely_errors"] == {"missing": 1}


def crf(path):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_crf", config={"max_iterations": 30})
    gold = [to_doc(document, nlp) for document in documents() if document.mentions]
    nlp.initialize(lambda: [Example(unannotated(doc), doc) for doc in gold])
    nlp.to_disk(path)


def test_a_model_that_fails_on_a_text_has_no_findings_there(files):
    crf(files / "model")
    run(files / "data.jsonl", "--model", files / "model", "--errors", files / "one.tsv")
    write([Document("x " * 500_001, id="long"), *documents()], files / "data.jsonl")
    printed = run(files / "data.jsonl", "--model", files / "model", "--errors", files / "two.tsv", code=3)
    assert "Failed and left out: 1 text; the first: long: [B809]" in printed
    assert (files / "one.tsv").read_text() == (files / "two.tsv").read_text()


def test_by_a_model_and_by_runs(files):
    crf(files / "model")
    table = files / "errors.json"
    run(files / "data.jsonl", "--model", files / "model", "--errors", table)
    by_model = json.loads(table.read_text())["findings"]
    assert by_model[0]["document"] == "d5"
    assert by_model[0]["confidence"] > 0.78
    assert "the model finds a mention" in by_model[0]["reason"]
    gold = documents()
    found = [Document(d.text, [Mention(m.start, m.end, m.label, score=0.9) for m in d.mentions], d.id) for d in gold]
    found[5].mentions = [Mention(7, 11, "ADR", score=0.6)]
    for number in (0, 1):
        part = slice(4 * number, 4 * number + 4)
        write_run(Run(files / f"runs/{number}", "crf", "c"), {"ents_f": 0.0}, gold[part], found[part], {})
    run(files / "data.jsonl", "--runs", files / "runs", "--errors", table)
    by_runs = json.loads(table.read_text())["findings"]
    assert [row["document"] for row in by_runs] == ["d5"]
    assert "0.60" in by_runs[0]["reason"]
    for number in (0, 1):  # another system, which finds nothing there
        part = slice(4 * number, 4 * number + 4)
        write_run(Run(files / f"runs/other-{number}", "other", "c"), {"ents_f": 0.0}, gold[part], gold[part], {})
    run(files / "data.jsonl", "--runs", files / "runs", "--errors", table)
    (two,) = json.loads(table.read_text())["findings"]
    assert "1 of 2 systems or seeds" in two["reason"]
    assert two["confidence"] < by_runs[0]["confidence"]
    (files / "runs/1/run.json").unlink()
    assert "B728" in run(files / "data.jsonl", "--runs", files / "runs", "--errors", table, code=1)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("B804", ["--model", "absent"]),
        ("B727", ["--model", "blank"]),
        ("B801", ["--runs", "absent"]),
        ("B806", ["--errors", "."]),
        ("B733", ["--errors", "errors.csv"]),
        ("B733", ["--errors", "errors.xlsx"]),
        ("B175", ["--notes", "full"]),
    ],
)
def test_mistakes_are_told_in_one_message(files, monkeypatch, code, arguments):
    monkeypatch.chdir(files)
    spacy.blank("en").to_disk(files / "blank")
    write([Document("Held.", [], "held")], files / "full", "brat")
    printed = run("data.jsonl", *arguments, code=1)
    assert code in printed
    assert "Traceback" not in printed
