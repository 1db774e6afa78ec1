"""Notes of mentions go to brat files and come back, whatever ids the mentions had."""

from spacy_bioner.documents.document import Relation
from spacy_bioner.formats import Document, Mention, read, write
from spacy_bioner.formats.brat.notes import notes_of, with_notes, without_notes

TEXT = "Digoxin caused a rash, then a rash."


def test_notes_come_back_with_their_lines(tmp_path):
    relation = Relation("causes", (("Arg1", "m1"), ("Arg2", "m2")), "x")
    mentions = [
        Mention(0, 7, "Drug", id="m1"),
        Mention(17, 21, "ADR", id="m2", score=0.5),
        Mention(30, 34, "ADR", id="m2"),
    ]
    noted = with_notes(Document(TEXT, mentions, "a", relations=[relation]), {1: "look\nat \tthis"})
    write([noted], tmp_path / "out", "brat")
    (again,) = read(tmp_path / "out", "brat")
    assert [(m.id, m.label, m.score) for m in again.mentions] == [
        ("T1", "Drug", None),
        ("T2", "ADR", 0.5),
        ("T3", "ADR", None),
    ]
    assert again.relations[0].arguments == (("Arg1", "T1"), ("Arg2", "T2"))
    (note,) = notes_of(again)
    assert (note.suffix, note.mention, note.text) == (".ann", "T2", "look at this")
    lines = (tmp_path / "out/a.ann").read_text().splitlines()
    assert lines[note.line - 1] == "#1\tAnnotatorNotes T2\tlook at this"


def test_a_brat_document_keeps_its_lines(tmp_path):
    content = "T2\tADR 17 21\trash\nT1\tDrug 0 7\tDigoxin\n#1\tAnnotatorNotes T1\tmine\nA1\tUnsure T2"
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.ann").write_text(content)
    (document,) = read(tmp_path, "brat")
    write([with_notes(document, {0: "new"})], tmp_path / "out", "brat")
    assert (tmp_path / "out/a.ann").read_text() == f"{content}\n#2\tAnnotatorNotes T2\tnew\n"
    (noted,) = read(tmp_path / "out", "brat")
    assert [note.text for note in notes_of(noted)] == ["mine", "new"]
    write([without_notes(noted, lambda note: note.text == "new")], tmp_path / "clean", "brat")
    assert (tmp_path / "clean/a.ann").read_text() == content + "\n"


def test_a_document_of_another_format_has_none():
    assert list(notes_of(Document("A rash.", [Mention(2, 6, "ADR")]))) == []
