"""``spacy bioner check``: what it prints and writes, and that no mistake ends in a traceback."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.formats import Document, Mention, write

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


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert code == 0 or isinstance(result.exception, SystemExit)
    return " ".join(result.output.split())


def test_prints_and_writes_the_figures(files):
    printed = run(files / "train.jsonl", "--against", files / "test.jsonl", "--json", files / "new" / "out.json")
    for expected in (
        "documents 2 0 repeat another",
        "ADR 2 40.0 2",
        "2 1 20.0 ########",
        "2 of 5 mentions lie inside a longer mention",
        "1 strings have several types, in 2 mentions; most mixed: rash: ADR 1, Symptom 1",
        "1 of 2 distinct sentences are in both: 1 identical",
        "1 of 1 mentions (100.0 %) say what a mention of that type says",
    ):
        assert expected in printed
    figures = json.loads((files / "new" / "out.json").read_text())
    assert figures["data"]["lengths"] == {"1": 4, "2": 1}
    assert figures["data"]["problems"] == {}
    assert figures["against"]["sentences"] == 2
    assert figures["leakage"]["sentences"]["identical"] == 1


def test_a_clean_corpus_and_one_without_mentions(files):
    write(TRAIN[:1], files / "clean.jsonl")
    assert "Every mention fits the tokens; none overlaps" in run(files / "clean.jsonl")
    (files / "plain.txt").write_text("No annotation. None.")
    assert run(files / "plain.txt", "--from", "text").endswith("words 5 mentions 0")


def test_options(files):
    (files / "a.tsv").write_bytes("caf\u00e9\tB\n.\tO\n\n".encode("latin-1"))
    assert "Species 1 100.0 1" in run(files / "a.tsv", "--label", "Species", "--encoding", "latin-1")
    assert "B145" in run(files / "a.tsv", "--encoding", "latin-1", code=1)
    (files / "b.jsonl").write_text('{"text": "x IL-2R y", "entities": [[2, 4, "G"]]}\n')
    assert "Every mention fits the tokens" in run(files / "b.jsonl")
    assert "1 of 1 mentions hold no whole token" in run(files / "b.jsonl", "--tokenizer", "en")


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


def test_is_a_command_of_spacy(files):
    command = [sys.executable, "-m", "spacy", "bioner", "check", str(files / "train.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "Symptom" in done.stdout
