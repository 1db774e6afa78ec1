"""``spacy bioner adjudicate`` and ``settle``: from several annotators to one corpus, by way of a brat folder."""

from dataclasses import replace
from pathlib import Path

import pytest
from commands import runner

from spacy_bioner.documents.document import Relation
from spacy_bioner.formats import Document, Mention, read, write

adjudicate, settle = runner("adjudicate"), runner("settle")
TEXT = "Digoxin caused a bad rash, fever and cough."
SPACED = TEXT.replace(" ", "  ")


def mention(text, label, of=TEXT, name="", concepts=()):
    start = of.index(text)
    return Mention(start, start + len(text), label, id=name, concepts=concepts)


@pytest.fixture
def files(tmp_path):
    anna = [
        mention("Digoxin", "Drug", name="T1"),
        mention("bad rash", "ADR", name="T2"),
        mention("fever", "ADR", name="T3"),
        mention("cough", "ADR", concepts=("MESH:D1",)),
    ]
    boris = [
        mention("Digoxin", "Drug", SPACED, name="x1"),
        mention("rash", "ADR", SPACED, name="x2"),
        mention("fever", "ADR", SPACED, name="x3"),
    ]
    causes = [Relation("causes", (("Arg1", a), ("Arg2", b))) for a, b in (("T1", "T3"), ("T1", "T2"))]
    same = [Relation("causes", (("Arg1", "x1"), ("Arg2", "x3")))]
    write(
        [Document(TEXT, anna, "a", relations=causes), Document("Alone.", [Mention(0, 5, "ADR")], "b")],
        tmp_path / "anna",
        "brat",
    )
    write([Document(SPACED, boris, "a", relations=same), Document("Other.", id="c")], tmp_path / "boris.jsonl")
    return tmp_path


def made(files):
    return adjudicate(files / "anna", files / "boris.jsonl", "-o", files / "open")


def test_all_readings_are_in_one_folder(files):
    printed = made(files)
    assert "Left out: 1 document of boris that anna does not have" in printed
    assert "Annotated by anna alone, and so without disputes: 1 document" in printed
    assert "Left out, because not all annotators have them: 1 relation" in printed
    assert "2 documents, 3 mentions agreed, 2 disputes" in printed
    document, _ = read(files / "open")
    assert document.text == TEXT
    assert [document.text_of(one) for one in document.mentions] == ["Digoxin", "bad rash", "rash", "fever", "cough"]
    assert [one.arguments for one in document.relations] == [(("Arg1", "T1"), ("Arg2", "T4"))]
    notes = [line.split("\t", 1)[1] for line in (files / "open/a.ann").read_text().splitlines() if line[0] == "#"]
    assert notes == [
        "AnnotatorNotes T2\tdisputed 1: anna, or T3",
        "AnnotatorNotes T3\tdisputed 1: boris, or T2",
        "AnnotatorNotes T5\tdisputed 2: only anna",
    ]


def test_open_disputes_are_told_with_their_lines(files):
    made(files)
    lines = (files / "open/a.ann").read_text().splitlines()
    printed = settle(files / "open", "-o", files / "corpus", code=1)
    for name, note in (("T2", ": anna, or T3"), ("T3", ": boris, or T2"), ("T5", "2: only anna")):
        place = 1 + next(i for i, line in enumerate(lines) if line.endswith(note))
        assert f"open/a.ann:{place}: {name}" in printed.replace("\n", "")
    assert "B730" in printed
    assert "3 disputed or proposed mentions" in printed
    assert not (files / "corpus").exists()


def test_proposals_of_check_are_no_corpus(tmp_path, monkeypatch):
    """What may be missing is labelled `missing_ADR`: neither `settle` nor `check` lets that pass in silence."""
    monkeypatch.chdir(tmp_path)
    texts = [f"Case {i}: a rash was seen." for i in range(6)]
    rash = [Mention(10, 14, "ADR")]
    write([Document(text, rash if i else [], id=f"d{i}") for i, text in enumerate(texts)], Path("c.jsonl"))
    runner("check")("c.jsonl", "--notes", "to_check")
    assert "missing_ADR" in Path("to_check/d0.ann").read_text()
    assert "1 mention with labels that start with missing_" in runner("check")("to_check")
    assert "to_check/d0.ann:1: T1 'rash', labelled missing_ADR" in (printed := settle("to_check", "-o", "new", code=1))
    assert "B730" in printed
    Path("to_check/d0.ann").write_text(Path("to_check/d0.ann").read_text().replace("missing_ADR", "ADR"))
    assert "missing_" not in runner("check")("to_check")
    settle("to_check", "-o", "new")


@pytest.mark.parametrize("keep", ["mention", "nothing"])
def test_decisions_make_one_clean_corpus(files, keep):
    made(files)
    path = files / "open/a.ann"
    gone = ["T2\t", "AnnotatorNotes T2\t", "AnnotatorNotes T5\t"]  # as brat deletes a mention with its notes
    if keep == "nothing":
        gone += ["T5\t", " T5 "]
    kept = [line for line in path.read_text().splitlines() if not any(one in line for one in gone)]
    path.write_text("".join(line + "\n" for line in kept))
    assert "2 documents" in settle(files / "open", "-o", files / "corpus")
    document, _ = read(files / "corpus")
    expected = ["Digoxin", "rash", "fever"] + (["cough"] if keep == "mention" else [])
    assert [document.text_of(one) for one in document.mentions] == expected
    assert len(document.relations) == 1
    assert "disputed" not in (files / "corpus/a.ann").read_text()
    settle(files / "open", "-o", files / "corpus.jsonl")
    (again, _) = read(files / "corpus.jsonl")
    assert [again.text_of(one) for one in again.mentions] == expected


def test_both_are_right_where_both_notes_are_deleted(files):
    made(files)
    path = files / "open/a.ann"
    path.write_text("".join(line + "\n" for line in path.read_text().splitlines() if "disputed" not in line))
    (files / "open/more.tsv").write_text("x\tO\n")
    assert "B117" in settle(files / "open", "-o", files / "corpus")  # a file that is not brat's is not read
    assert len(next(iter(read(files / "corpus"))).mentions) == 5


@pytest.mark.parametrize("note", ["disputed 1: anna, or T3", "disputed 1: anna"])
def test_a_note_that_is_left_at_one_of_two_readings_leaves_them_open(files, note):
    """Both would be in the corpus, and nobody has said that both are right."""
    made(files)
    path = files / "open/a.ann"
    kept = [line for line in path.read_text().splitlines() if "AnnotatorNotes T3" not in line and "2: only" not in line]
    path.write_text("".join(f"{line}\n" for line in kept).replace("disputed 1: anna, or T3", note))
    said = settle(files / "open", "-o", files / "corpus", code=1)
    assert f"T2 'bad rash', {note}" in said
    assert "1 disputed or proposed mentions" in said
    assert not (files / "corpus").exists()
    path.write_text(path.read_text().replace("T2\tADR 17 25", "T2\tADR 17 20").replace("\tbad rash", "\tbad"))
    settle(files / "open", "-o", files / "corpus")  # they no longer overlap


def test_a_mention_that_nobody_disputes_is_no_reading_of_a_dispute_that_it_overlaps(tmp_path):
    whole = mention("bad rash, fever", "Course")
    for name, words in (("anna", "bad rash"), ("boris", "rash")):
        write([Document(TEXT, [whole, mention(words, "ADR")], "a")], tmp_path / f"{name}.jsonl")
    adjudicate(tmp_path / "anna.jsonl", tmp_path / "boris.jsonl", "-o", tmp_path / "open")
    path = tmp_path / "open/a.ann"
    (wrong,) = (line.split()[2] for line in path.read_text().splitlines() if "disputed 1: boris" in line)
    kept = [
        line for line in path.read_text().splitlines() if line.split("\t")[0] != wrong and f" {wrong}\t" not in line
    ]
    path.write_text("".join(f"{line}\n" for line in kept))
    settle(tmp_path / "open", "-o", tmp_path / "corpus.jsonl")
    (document,) = read(tmp_path / "corpus.jsonl")
    assert sorted(document.text_of(one) for one in document.mentions) == ["bad rash", "bad rash, fever"]


def test_three_annotators_of_whom_two_agree(files):
    write([Document(TEXT, [mention("rash", "ADR")], "a")], files / "clara.jsonl")
    adjudicate(files / "anna", files / "boris.jsonl", f"third={files / 'clara.jsonl'}", "-o", files / "open")
    content = (files / "open/a.ann").read_text()
    assert "disputed 2: boris, third" in content
    assert "disputed 1: only anna, boris" in content


def test_attributes_stay_and_what_brat_cannot_hold_is_told(tmp_path):
    meta = {"annotated_types": "ADR|Drug", "year": 1999}
    marked = [mention("Digoxin", "Drug", name="T1", concepts=("D1",)), mention("rash", "ADR", name="T2")]
    marked[1] = replace(marked[1], attributes=(("Certainty", "low"),), score=0.5)
    relations = [
        Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")), attributes=(("novel", "Novel"),)),
        Relation("treats", (("Arg1", "D1"), ("Arg2", "D2")), of_concepts=True),
    ]
    one = Document(TEXT, marked, "a", relations=relations, meta=meta)
    write([one], tmp_path / "anna.jsonl")
    write([replace(one, meta={**meta, "annotated_types": "ADR|Drug|Gene"})], tmp_path / "boris.jsonl")
    printed = adjudicate(tmp_path / "anna.jsonl", tmp_path / "boris.jsonl", "-o", tmp_path / "open")
    for told in (
        "1 score (and 1 more)",
        "B263",
        "brat cannot hold the declared types (ADR, Drug, Gene)",
        "2 mentions agreed, 0 disputes",
    ):
        assert told in printed
    assert "not all annotators" not in printed
    settle(tmp_path / "open", "-o", tmp_path / "corpus.jsonl")
    (document,) = read(tmp_path / "corpus.jsonl")
    assert [one.attributes for one in document.mentions] == [(), (("Certainty", "low"),)]
    assert len(document.relations) == 1


def test_only_one_looked_for_a_type(tmp_path):
    one = Document(TEXT, [mention("Digoxin", "Drug")], "a")
    write([one], tmp_path / "anna.jsonl")
    write([Document(TEXT, [], "a", meta={"annotated_types": "ADR"})], tmp_path / "boris.jsonl")
    printed = adjudicate(tmp_path / "anna.jsonl", tmp_path / "boris.jsonl", "-o", tmp_path / "open")
    assert "Of types for which only one annotator looked, and so without disputes: 1 mention" in printed
    assert "brat cannot hold" not in printed


def test_a_difference_in_attributes_is_settled_as_others_are(files):
    for name, attribute in (("with", "A1\tNegated T1\n"), ("without", "")):
        (files / name).mkdir()
        (files / name / "d.txt").write_text("No rash.")
        (files / name / "d.ann").write_text(f"T1\tADR 3 7\trash\n{attribute}")
    assert "0 mentions agreed, 1 dispute" in adjudicate(files / "with", files / "without", "-o", files / "open")
    content = (files / "open/d.ann").read_text()
    assert "disputed 1: with (Negated)" in content
    assert "disputed 1: without (no attribute)" in content
    assert "2 disputed or proposed mentions" in settle(files / "open", "-o", files / "corpus", code=1)
    kept = [line for line in content.splitlines() if not line.startswith("T1\t") and " T1\t" not in line]
    (files / "open/d.ann").write_text("".join(f"{line}\n" for line in kept))
    settle(files / "open", "-o", files / "corpus")
    (document,) = read(files / "corpus")
    assert [one.attributes for one in document.mentions] == [(("Negated", ""),)]


def test_a_mention_of_white_space_stops_nothing(tmp_path):
    for name, lines in (("anna", "T1\tX 1 3\t  \nT2\tX 0 1\ta\n"), ("boris", "T1\tX 0 1\ta\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "d.txt").write_text("a   b")
        (tmp_path / name / "d.ann").write_text(lines)
    printed = adjudicate(tmp_path / "anna", tmp_path / "boris", "-o", tmp_path / "open")
    assert "B731" in printed
    assert "1 mention agreed, 0 disputes" in printed
    assert (tmp_path / "open/d.ann").read_text() == "T1\tX 0 1\ta\n"


@pytest.mark.parametrize(
    ("code", "run", "arguments"),
    [
        ("B839", adjudicate, ["anna", "anna", "-o", "new"]),
        ("B130", adjudicate, ["anna", "absent", "-o", "new"]),
        ("B849", adjudicate, ["anna", "else.jsonl", "-o", "new"]),
        ("B175", adjudicate, ["anna", "boris.jsonl", "-o", "anna"]),
        ("B811", adjudicate, ["anna", "boris.jsonl", "-o", "boris.jsonl"]),
        ("B100", settle, ["absent", "-o", "new"]),
        ("B131", settle, ["anna", "-o", "new", "--to", "word"]),
    ],
)
def test_mistakes_are_told_in_one_message(files, monkeypatch, code, run, arguments):
    monkeypatch.chdir(files)
    write([Document("Something else.", id="z")], files / "else.jsonl")
    printed = run(*arguments, code=1)
    assert code in printed
    assert "Traceback" not in printed
