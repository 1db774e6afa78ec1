"""``spacy bioner harmonize``: what it writes and counts, and that no mistake ends in a traceback."""

import json

import pytest
from commands import runner

from spacy_bioner.formats import Document, Mention, read, write

run = runner("harmonize")

TEXT = "The p53 protein and genes."
SEEN = "One sentence of eight words is seen here."
A = [Document(TEXT, [Mention(4, 7, "Gene"), Mention(20, 25, "Gene")], id="a"), Document(SEEN, id="b")]
B = [Document(TEXT, [Mention(4, 7, "Protein"), Mention(20, 25, "Protein"), Mention(4, 15, "Protein")], id="a")]


@pytest.fixture
def files(tmp_path):
    write(A, tmp_path / "a.jsonl")
    write(B, tmp_path / "b.tar.gz")
    write([Document(f"Yes. {SEEN}", id="z")], tmp_path / "gold.tsv")
    (tmp_path / "list.txt").write_text("gene\n")
    return tmp_path


def test_votes_gold_and_blacklist(files):
    out = files / "new" / "out.tsv"
    options = ["--labels", "Protein=Gene", "--gold", files / "gold.tsv", "--blacklist", files / "list.txt"]
    printed = run(files / "a.jsonl", files / "b.tar.gz", "-o", out, *options, "--json", files / "out.json")
    for expected in (
        "system 1 2 2",
        "system 2 1 3",
        "gold by text -1",
        "distinct spans 3",
        "too few votes -1",
        "on the blacklist -1",
        "written 1 1",
        "genes (1)",
        "Gold: b: Yes . One sentence",
    ):
        assert expected in printed
    (document,) = read(out)
    assert [document.text[m.start : m.end] for m in document.mentions] == ["p53"]
    figures = json.loads((files / "out.json").read_text())
    assert figures["systems"] == [{"documents": 2, "mentions": 2}, {"documents": 1, "mentions": 3}]
    assert (figures["written"], figures["removed"]) == (1, {"genes": 1})


def test_one_system_into_its_own_format(files):
    assert "0 documents" not in run(files / "b.tar.gz", "-o", files / "c.tar.gz", "--annotated", files / "a.jsonl")
    assert [len(document.mentions) for document in read(files / "c.tar.gz")] == [3]


def test_rules_by_option(files):
    both = (files / "a.jsonl", files / "b.tar.gz", "-o", files / "out.jsonl")
    run(*both, "--votes", "1", "--overlap", "votes")
    assert [m.label for m in next(iter(read(files / "out.jsonl"))).mentions] == ["Gene", "Gene"]
    run(*both, "--votes", "1")
    assert [m.label for m in next(iter(read(files / "out.jsonl"))).mentions] == ["Protein", "Gene"]
    run(*both, "--ties", "drop")
    assert next(iter(read(files / "out.jsonl"))).mentions == []


def test_mistakes_are_coded(files):
    both = (files / "a.jsonl", files / "b.tar.gz", "-o", files / "out.jsonl")
    for options, code in (
        (["--votes", "3"], "B232"),
        (["--overlap", "shortest"], "B236"),
        (["--ties", "last"], "B236"),
        (["--labels", "Protein"], "B235"),
        (["--labels", "=Protein"], "B235"),
        (["--gold", files / "none.tsv"], "B130"),
        (["--gold", files / "gold.tsv", "--similar", "0"], "B230"),
        (["--blacklist", files / "none.txt"], "B101"),
        (["--annotated", files / "a.jsonl", "--times", "0"], "B234"),
        (["--on-error", "shrug"], "B162"),
    ):
        assert code in run(*both, *options, code=1)
    assert not (files / "out.jsonl").exists()
    assert "B164" in run(files / "a.jsonl", "-o", files / "a.jsonl", code=1)
    assert "B164" in run(files / "a.jsonl", "-o", files, "--to", "brat", "--overwrite", code=1)
    for option in ("--gold", "--annotated"):
        assert "B164" in run(files / "a.jsonl", "-o", files / "b.tar.gz", option, files / "b.tar.gz", code=1)
    write([Document("Another text.", id="a")], files / "other.jsonl")
    assert "B231" in run(files / "a.jsonl", files / "other.jsonl", "-o", files / "out.jsonl", code=1)


@pytest.mark.parametrize(("method", "texts"), [("priority", ["p53", "genes"]), ("score", [])])
def test_other_ways_to_merge(files, method, texts):
    options = ["--method", method, "--threshold", "0.6", "--to", "jsonl"]
    run(files / "a.jsonl", files / "b.tar.gz", "-o", files / "out.jsonl", *options)
    (document,) = (one for one in read(files / "out.jsonl") if one.id == "a")
    assert [document.text_of(mention) for mention in document.mentions] == texts  # half of the systems agree on a label
