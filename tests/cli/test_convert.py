"""``spacy bioner convert``: every pair of formats, what it prints, and that no mistake ends in a traceback."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from commands import runner
from places import DATA

from spacy_bioner.formats import FORMATS, Document, Mention, ProblemLog, read, write

run = runner("convert")

DOCUMENTS = [
    Document("Aspirin caused rash. She can't sleep.", [Mention(0, 7, "Drug"), Mention(15, 19, "ADR")], id="a"),
    Document("No BRCA1/2\nmutation", [Mention(3, 8, "Gene")], id="b"),
]
TARGETS = ["a.tsv", "a.jsonl", "a.jsonl.gz", "a.spacy", "a.tar.gz", "a.txt"]


@pytest.fixture
def source(tmp_path):
    write(DOCUMENTS, tmp_path / "source.jsonl")
    return tmp_path / "source.jsonl"


def quoted(document):
    return [(document.text[m.start : m.end], m.label) for m in document.mentions]


@pytest.mark.parametrize("first", [name for name in TARGETS if name != "a.txt"])
@pytest.mark.parametrize("second", TARGETS)
def test_any_format_to_any_other(source, tmp_path, first, second):
    run(source, tmp_path / "one" / first)
    printed = run(tmp_path / "one" / first, tmp_path / "two" / second)
    back = list(read(tmp_path / "two" / second))
    if second == "a.txt":
        assert "B159" in printed
        assert len(back[0].text.splitlines()) == 2
    else:
        assert [q for d in back for q in quoted(d)] == [q for d in DOCUMENTS for q in quoted(d)]
        assert "3 mentions" in printed


def test_texts_become_tokens_and_sentences(source, tmp_path):
    printed = run(source, tmp_path / "a.tsv", "--scheme", "IOBES")
    assert "2 documents, 3 mentions: 3 exact" in printed
    first = next(read(tmp_path / "a.tsv"))
    assert first.text == "Aspirin caused rash . She can ' t sleep ."
    assert first.sentences == [0, 4]
    assert "S-Gene" in (tmp_path / "a.tsv").read_text()
    run(source, tmp_path / "b.tsv", "--no-sentences", "--tokenizer", "nltk")
    assert next(read(tmp_path / "b.tsv")).text == "Aspirin caused rash . She ca n't sleep ."


@pytest.mark.parametrize(
    ("policy", "printed"),
    [("strict", "2 exact, 1 lost"), ("expand", "2 exact, 1 expanded"), ("split", "2 exact, 1 split")],
)
def test_policies(source, tmp_path, policy, printed):
    output = run(source, tmp_path / "a.tsv", "--tokenizer", "en", "--policy", policy)
    assert f"3 mentions: {printed}" in output


def test_options_of_the_input(tmp_path):
    (tmp_path / "a.data").write_bytes(b"caf\xe9\tB\n\nx\tO\n\n")
    printed = run(tmp_path / "a.data", tmp_path / "a.jsonl", "--from", "conll", "--label", "X", "--encoding", "latin-1")
    assert "2 documents, 1 mention" in printed
    (tmp_path / "b.txt").write_text("One.\nTwo.\n")
    run(tmp_path / "b.txt", tmp_path / "out", "--to", "brat", "--unit", "line")
    assert {path.name for path in (tmp_path / "out").glob("b*")} == {"b-1.ann", "b-1.txt", "b-2.ann", "b-2.txt"}


def test_other_labels(source, tmp_path):
    printed = run(source, tmp_path / "a.jsonl", "--labels", "ADR=Disease,Drug=")
    assert "Left out, because the label is mapped to nothing: 1 mention" in printed
    assert "2 documents, 2 mentions" in printed
    back = list(read(tmp_path / "a.jsonl"))
    assert [quoted(document) for document in back] == [[("rash", "Disease")], [("BRCA1", "Gene")]]
    assert [(document.id, document.text) for document in back] == [(d.id, d.text) for d in DOCUMENTS]
    assert "2 documents, 1 mention: 1 exact" in run(source, tmp_path / "b.tsv", "--labels", "Gene=Gene,*=")
    assert "B-Gene" in (tmp_path / "b.tsv").read_text()
    printed = run(source, tmp_path / "c.tsv", "--labels", "Drug=Chemical")
    assert "left out" not in printed
    assert "labelled" not in printed
    printed = run(source, tmp_path / "d.tsv", "--labels", "drug=Chemical,ADR=Disease")
    assert "no mention is labelled drug: the labels are ADR, Drug" in " ".join(printed.split())


@pytest.mark.parametrize(
    "source", ["corpus/train", "corpus/train/a.ann", "link", "corpus/train,other", "c.tar.gz/train"]
)
def test_a_folder_that_holds_the_input_is_not_replaced(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    for part in ("corpus/train", "corpus/dev", "other"):
        write(DOCUMENTS, part, "brat")
    with tarfile.open("c.tar.gz", "w:gz") as archive:
        archive.add("corpus/train", "train")
    Path("link").symlink_to("corpus/train")
    held = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for output in ("c.tar.gz",) if source == "c.tar.gz/train" else ("corpus", "other/../corpus", "."):
        assert "B164" in run(source, output, "--to", "brat", "--overwrite", code=1)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == held


def test_an_ontology_for_brat_alone(tmp_path):
    mentions = [Mention(0, 4, "ADR", concepts=("D005076", "UMLS:C0015230"))]
    write([Document("Rash", mentions, "a")], tmp_path / "a.jsonl")
    run(tmp_path / "a.jsonl", tmp_path / "one", "--to", "brat")
    assert "Reference T1 ID:D005076\t" in (tmp_path / "one/a.ann").read_text()
    assert next(read(tmp_path / "one")).mentions[0].concepts == mentions[0].concepts
    run(tmp_path / "a.jsonl", tmp_path / "two", "--to", "brat", "--ontology", "MESH")
    assert next(read(tmp_path / "two")).mentions[0].concepts == ("MESH:D005076", "UMLS:C0015230")
    assert "B134" in run(tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--ontology", "MESH", code=1)


def test_a_label_left_out_takes_along_what_refers_to_it(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Aspirin caused rash.")
    lines = ["T1\tDrug 0 7\tAspirin", "T2\tADR 15 19\trash", "R1\tCause Arg1:T1 Arg2:T2", "#1\tAnnotatorNotes T2\tsure"]
    (tmp_path / "in" / "a.ann").write_text("\n".join(lines) + "\n")
    assert "B122" in run(tmp_path / "in", tmp_path / "out", "--to", "brat", "--labels", "Drug=,ADR=Disease")
    assert (tmp_path / "out" / "a.ann").read_text() == "T2\tDisease 15 19\trash\n#1\tAnnotatorNotes T2\tsure\n"


def test_faults_are_skipped_on_demand_and_counted(source, tmp_path):
    with source.open("a") as file:
        file.write("no json\nnor this\n")
    printed = run(source, tmp_path / "a.tsv", "--on-error", "skip")
    assert "B153" in printed
    assert "source.jsonl:3" in printed
    assert "and 1 more" in printed
    assert "B153" in run(source, tmp_path / "b.tsv", code=1)
    assert not (tmp_path / "b.tsv").exists()


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("B130", ["absent.tsv", "a.jsonl"]),
        ("B780", ["{}", "a"]),
        ("B131", ["{}", "a", "--to", "xml"]),
        ("B134", ["{}", "a.tsv", "--label", "X"]),
        ("B134", ["{}", "b.jsonl", "--scheme", "BIO"]),
        ("B001", ["{}", "a.tsv", "--scheme", "IOB"]),
        ("B138", ["{}", "a.tsv", "--policy", "shrink"]),
        ("B235", ["{}", "a.tsv", "--labels", "ADR"]),
        ("B162", ["{}", "a.tsv", "--on-error", "ignore"]),
        ("B163", ["{}", "a.tsv", "--tokenizer", "nowhere"]),
        ("B164", ["{}", "{}"]),
        ("B164", ["{}", "paragraphs.json", "--contexts", "paragraphs.json", "--to", "jsonl"]),
        ("B811", ["{}", "{}/a.tsv"]),
    ],
)
def test_mistakes_are_told_in_one_message(source, tmp_path, monkeypatch, code, arguments):
    monkeypatch.chdir(tmp_path)
    printed = run(*(argument.format(source) for argument in arguments), code=1)
    assert code in printed
    assert "Traceback" not in printed
    assert list(read(source)) == DOCUMENTS


def test_help_names_every_format():
    printed = run("--help")
    assert all(name in printed for name in FORMATS)


def test_as_a_command_of_spacy(source, tmp_path):
    """In a process of its own, as a user calls it. Its mistakes are those of the other tests."""
    command = [sys.executable, "-m", "spacy", "bioner", "convert", str(source)]
    done = subprocess.run([*command, str(tmp_path / "a.spacy")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stdout


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
def test_a_real_corpus_loses_no_mention(tmp_path):
    printed = run(DATA / "brat/NCBI_disease_GSC_brat.tar.gz", tmp_path / "a.tsv", "--on-error", "skip")
    assert "792 documents, 6,881 mentions: 6,879 exact, 2 contracted" in printed
    report = ProblemLog()
    assert sum(len(document.mentions) for document in read(tmp_path / "a.tsv", report=report)) == 6881
    assert not report.counts
