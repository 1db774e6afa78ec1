"""``spacy bioner check``: what it prints and writes, and that no mistake ends in a traceback."""

import json
import re

import pytest
import spacy
from commands import runner
from places import ROOT
from typer.testing import CliRunner

from spacy_bioner.cli import spacy_app
from spacy_bioner.corpus.audit.counts import MAX_LENGTH
from spacy_bioner.formats import Document, Mention, write

run = runner("check")

TRAIN = [
    Document("Aspirin gave me a rash. It went away.", [Mention(0, 7, "Drug"), Mention(18, 22, "ADR")], id="a"),
    Document("A bad rash again.", [Mention(2, 10, "ADR"), Mention(6, 10, "Symptom"), Mention(7, 9, "X")], id="b"),
]
TEST = [Document("It went  away. The rash stayed on.", [Mention(19, 23, "ADR")], id="c")]


@pytest.fixture
def files(tmp_path):
    write(TRAIN, tmp_path / "train.jsonl")
    write(TEST, tmp_path / "test.jsonl")
    return tmp_path


def test_prints_and_writes_the_figures(files):
    printed = run(files / "test.jsonl", "--against", files / "train.jsonl", "--json", files / "new" / "out.json")
    for expected in (
        "documents 2 0 repeat another",
        "ADR 2 40.0 2",
        "2 1 20.0 ########",
        "3 of 5 mentions (60.0 %) can be learnt and found by a tagger; of the others 2 lie inside a longer",
        "2 of 5 mentions lie inside a longer mention; neither",
        "Strings with several types: 1, in 2 mentions; most mixed: rash: ADR 1, Symptom 1",
        "Training learns 3 of 5 mentions that can be read; 2 are left out",
        "Training learns 1 of 1 mentions",
        "1 of 2 distinct sentences (50.0 %) are known from the training data: 1 identical",
        "1 of 1 mentions (100.0 %) are known",
        "Types that only the training data has, and that are not scored: Drug (1), Symptom (1)",
    ):
        assert expected in printed
    figures = json.loads((files / "new" / "out.json").read_text())
    assert figures["against"]["lengths"] == {"1": 4, "2": 1}
    assert figures["data"]["problems"] == {}
    assert figures["data"]["sentences"] == 2
    assert figures["known"]["sentences"]["identical"] == 1
    assert figures["known"]["types"] == {"only_data": {}, "only_train": {"Drug": 1, "Symptom": 1, "X": 1}}


def test_against_is_what_was_trained_on(files):
    """Three of four test mentions are known from one training sentence, not the one mention of four the other way."""
    write([Document("A rash.", [Mention(2, 6, "ADR")])], files / "small.jsonl")
    rashes = [Document(f"A rash {i}.", [Mention(2, 6, "ADR")]) for i in range(3)]
    write([*rashes, Document("Pain.", [Mention(0, 4, "Sign")])], files / "large.jsonl")
    printed = run(files / "large.jsonl", "--against", files / "small.jsonl")
    assert "3 of 4 mentions (75.0 %) are known" in printed
    assert "1 of 4 mentions are of types that the training data lacks, and cannot be found: Sign (1)" in printed


@pytest.mark.parametrize("file", ["README.md", "project.yml", *(p.name for p in (ROOT / "docs").glob("*.md"))])
def test_written_uses_name_the_training_data_second(file):
    path = ROOT / file if (ROOT / file).exists() else ROOT / "docs" / file
    for data, against in re.findall(r"bioner check (\S+) --against (\S+)", path.read_text(encoding="utf8")):
        assert "test" in data or data.startswith("d."), (data, against)
        assert "train" in against or against.startswith("a."), (data, against)


def test_tokens_that_the_tokenizer_does_not_make(files):
    (files / "a.tsv").write_text("anti-TNF\tB-Gene\nIL-2\tO\n\nx\tO\n\n")
    printed = run(files / "a.tsv")
    assert "2 of 3 tokens of the corpus differ from those that --tokenizer makes" in printed
    assert "1 of 1 mentions have other tokens on raw text" in printed
    assert "0 of 1 mentions start or end inside a token" in printed
    (files / "b.tsv").write_text("not\tB-X\none\tO\n\n")
    assert "tokens of the corpus" not in run(files / "b.tsv", "--tokenizer", "en")


def test_says_what_training_will_do(files):
    (files / "a.tsv").write_text("a\tO\nb\n\nc\tB-X\n\n")
    printed = run(files / "a.tsv")
    assert 'Training stops at the first of 1 faults (on_error = "error"): [B142]' in printed
    assert 'With on_error = "skip" the faulty lines or documents are left out: Training learns 1 of 1' in printed
    write([Document("None.")], files / "none.jsonl")
    assert "training has nothing to learn" in run(files / "none.jsonl")


def test_a_clean_corpus_and_one_without_mentions(files):
    write(TRAIN[:1], files / "clean.jsonl")
    assert "Every mention fits the tokens; none overlaps" in run(files / "clean.jsonl")
    (files / "plain.txt").write_text("No annotation. None.")
    printed = run(files / "plain.txt", "--from", "text")
    assert printed.endswith("tokens 5 mentions 0 There are no mentions: training has nothing to learn.")


def test_options(files):
    (files / "a.tsv").write_bytes("caf\u00e9\tB\n.\tO\n\n".encode("latin-1"))
    assert "Species 1 100.0 1" in run(files / "a.tsv", "--label", "Species", "--encoding", "latin-1")
    assert "B145" in run(files / "a.tsv", "--encoding", "latin-1", code=1)
    (files / "b.jsonl").write_text('{"text": "x IL-2R y", "entities": [[2, 4, "G"]]}\n')
    assert "Every mention fits the tokens" in run(files / "b.jsonl")
    assert "of the others 1 contain no whole token" in run(files / "b.jsonl", "--tokenizer", "en")


def test_faults_are_listed_and_mistakes_coded(files):
    (files / "bad.tsv").write_text("a\tO\nb\n\nc\tB-X\n\n")
    printed = run(files / "bad.tsv", "--json", files / "out.json")
    assert "B142" in printed
    assert "bad.tsv:2" in printed
    assert "sentences 1" in printed
    assert json.loads((files / "out.json").read_text())["data"]["problems"] == {"B142": 1}
    assert "B130" in run(files / "missing.tsv", code=1)
    assert "B163" in run(files / "train.jsonl", "--tokenizer", "klingon", code=1)
    assert "B131" in run(files / "train.jsonl", "--from", "xml", code=1)
    assert "B806" in run(files / "train.jsonl", "--json", files, code=1)
    assert "B868" in run("assets/brat/test", "--against", files / "train.jsonl", code=1)


def test_is_a_command_of_spacy(files):
    done = CliRunner().invoke(spacy_app, ["bioner", "check", str(files / "train.jsonl")])
    assert done.exit_code == 0, done.output
    assert "Symptom" in done.stdout


def test_all_faults_of_a_kind_are_listed_up_to_ten(tmp_path):
    """Who corrects files by hand wants the second fault before the first is mended."""
    (tmp_path / "a.txt").write_text("rash", "utf8")
    (tmp_path / "a.ann").write_text("".join(f"#{i}\tAnnotatorNotes T{i}\tgone\n" for i in range(1, 13)), "utf8")
    printed = run(tmp_path)
    assert [i for i in range(1, 13) if f"a.ann:{i}: refers to T{i}," in printed] == list(range(1, 11))
    assert printed.count("(and 2 more)") == 1


def test_a_document_that_is_too_long_for_training_is_a_fault(tmp_path):
    write([Document("rash " * 200_001, [Mention(0, 4, "ADR")]), *TRAIN], tmp_path / "a.jsonl")
    printed = run(tmp_path / "a.jsonl", "--json", tmp_path / "out.json")
    assert "Training stops at 1 document of more than 1,000,000 characters, whatever on_error is (B809)" in printed
    assert json.loads((tmp_path / "out.json").read_text())["data"]["faults"] == 1
    assert spacy.blank("en").max_length == MAX_LENGTH
