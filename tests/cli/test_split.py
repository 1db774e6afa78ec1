"""``spacy bioner split``: the parts are disjoint, complete and repeatable."""

import re

import pytest
from commands import runner

from spacy_bioner.formats import Document, Mention, read, write

run = runner("split")

DOCUMENTS = [Document(f"Gene {i} binds.", [Mention(0, 6, "Gene")], id=f"d{i}") for i in range(50)]


@pytest.fixture
def corpus(tmp_path):
    write([*DOCUMENTS, *(Document(f"Gene {i}  binds.", id=f"again{i}") for i in range(50))], tmp_path / "all.jsonl")
    return tmp_path / "all.jsonl"


def test_three_parts_with_repeats_together(corpus, tmp_path):
    assert "dev.jsonl: 10 documents, 5 mentions" in run(corpus, "-o", tmp_path / "a").replace(" dev", "dev")
    parts = [list(read(tmp_path / "a" / f"{name}.jsonl")) for name in ("train", "dev", "test")]
    assert [len(part) for part in parts] == [60, 10, 30]
    texts = [{" ".join(document.text.split()) for document in part} for part in parts]
    assert set.union(*texts) == {document.text for document in DOCUMENTS}
    assert sum(map(len, texts)) == 50
    run(corpus, "-o", tmp_path / "b")
    run(corpus, "-o", tmp_path / "c", "--seed", "1")
    again, other = ([one.id for one in read(tmp_path / x / "test.jsonl")] for x in "bc")
    assert again == [one.id for one in parts[2]] != other


def test_two_parts_in_other_formats(corpus, tmp_path):
    run(corpus, "-o", tmp_path / "x", "--shares", "0.7,0.3", "--to", "conll")
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["test.tsv", "train.tsv"]
    assert len(list(read(tmp_path / "x" / "test.tsv"))) == 30
    run(corpus, "-o", tmp_path / "y", "--to", "brat")
    assert len(list(read(tmp_path / "y" / "train"))) == 60


def test_mistakes_are_coded(corpus, tmp_path):
    assert "B222" in run(corpus, "-o", tmp_path / "x", "--shares", "60,30", code=1)
    assert "B222" in run(corpus, "-o", tmp_path / "x", "--shares", "most", code=1)
    assert "B131" in run(corpus, "-o", tmp_path / "x", "--to", "xml", code=1)
    assert "B130" in run(tmp_path / "none", "-o", tmp_path / "x", code=1)


def test_sentences_of_a_review_stay_together(tmp_path):
    documents = [Document(f"Sentence {i} of a review.", meta={"file_name": f"{i // 5}.txt"}) for i in range(50)]
    write([*documents, Document("Sentence 0 of  a review.", meta={"file_name": "9.txt"})], tmp_path / "all.jsonl")
    run(tmp_path / "all.jsonl", "-o", tmp_path / "x", "--shares", "60,40", "--group", "file_name")
    parts = [list(read(tmp_path / "x" / f"{name}.jsonl")) for name in ("train", "test")]
    assert sorted(map(len, parts)) in ([20, 31], [21, 30], [25, 26])
    reviews = [{document.meta["file_name"] for document in part} for part in parts]
    assert not reviews[0] & reviews[1]
    assert any({"0.txt", "9.txt"} <= part for part in reviews)
    assert "B846" in run(tmp_path / "all.jsonl", "-o", tmp_path / "y", "--group", "author", code=1)


def test_documents_without_ids_have_names_of_their_own(tmp_path):
    write([Document(f"Gene {i} binds.") for i in range(20)], tmp_path / "all.jsonl")
    run(tmp_path / "all.jsonl", "-o", tmp_path / "x", "--to", "brat")
    names = [path.name for part in ("train", "dev", "test") for path in (tmp_path / "x" / part).glob("*.txt")]
    assert sorted(names) == [f"{number:02}.txt" for number in range(1, 21)]


@pytest.mark.parametrize("to", ["jsonl", "brat"])
def test_parts_of_another_split_are_never_mixed_in(corpus, tmp_path, to):
    run(corpus, "-o", tmp_path / "parts", "--to", to)
    assert "B175" in run(corpus, "-o", tmp_path / "parts", "--to", to, "--shares", "70,30", "--seed", "1", code=1)
    run(corpus, "-o", tmp_path / "parts", "--to", to, "--shares", "70,30", "--seed", "1", "--overwrite")
    assert sorted(path.name.partition(".")[0] for path in (tmp_path / "parts").iterdir()) == ["test", "train"]
    ids = [document.id for part in ("train", "test") for document in read(next((tmp_path / "parts").glob(f"{part}*")))]
    assert len(ids) == len(set(ids))


def test_groups_are_counted(tmp_path):
    write([Document(f"Text {i}.", id=f"{i // 5}_{i}_methods") for i in range(50)], tmp_path / "all.jsonl")
    assert "50 documents in 10 groups" in run(tmp_path / "all.jsonl", "-o", tmp_path / "x", "--group", "_")
    assert "each document is a group of its own (50 documents)" in run(
        tmp_path / "all.jsonl", "-o", tmp_path / "y", "--group=-"
    )
    assert "B237" in run(tmp_path / "all.jsonl", "-o", tmp_path / "z", "--group", "re:(", code=1)


@pytest.mark.parametrize("to", ["docbin", "conll", "text", "dygie"])
def test_what_is_said_names_the_final_place(tmp_path, to):
    mention = Mention(0, 6, "ADR", score=0.5)
    write([Document(f"rash {i}.", [mention, Mention(0, 4, "ADR")], f"d{i}") for i in range(4)], tmp_path / "a.jsonl")
    printed = run(tmp_path / "a.jsonl", "-o", tmp_path / "new", "--to", to, "--shares", "50,50")
    assert re.search(r"\[B\d{3}\] \S*/new/t", printed)
    assert "bioner-part" not in printed
