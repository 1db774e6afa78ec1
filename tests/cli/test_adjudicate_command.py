"""``spacy bioner adjudicate`` and ``settle``: from several annotators to one corpus, by way of a brat folder."""

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
        "AnnotatorNotes T2\tdisputed 1: anna",
        "AnnotatorNotes T3\tdisputed 1: boris",
        "AnnotatorNotes T5\tdisputed 2: only anna",
    ]


def test_open_disputes_are_told_with_their_lines(files):
    made(files)
    lines = (files / "open/a.ann").read_text().splitlines()
    printed = settle(files / "open", "-o", files / "corpus", code=1)
    for name, note in (("T2", "disputed 1: anna"), ("T3", "disputed 1: boris"), ("T5", "disputed 2: only anna")):
        place = 1 + next(i for i, line in enumerate(lines) if line.endswith(note))
        assert f"open/a.ann:{place}: {name}" in printed.replace("\n", "")
    assert "B730" in printed
    assert "3 disputed mentions" in printed
    assert not (files / "corpus").exists()


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
    settle(files / "open", "-o", files / "corpus")
    assert len(next(iter(read(files / "corpus"))).mentions) == 5


def test_three_annotators_of_whom_two_agree(files):
    write([Document(TEXT, [mention("rash", "ADR")], "a")], files / "clara.jsonl")
    adjudicate(files / "anna", files / "boris.jsonl", f"third={files / 'clara.jsonl'}", "-o", files / "open")
    content = (files / "open/a.ann").read_text()
    assert "disputed 2: boris, third" in content
    assert "disputed 1: only anna, boris" in content


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
