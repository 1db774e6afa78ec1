"""PubTator's lines: what they mean, and what is told of those that are wrong."""

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, pubtator, write

GOOD = """\
1|t|Ocular and auditory toxicity.
1|a|A rash after aspirin.
1\t0\t28\tOcular and auditory toxicity\tDisease\tD014786|D006311\tOcular toxicity|auditory toxicity
1\t32\t36\trash\tDisease\t-1
1\tCID\tD001241\tD014786
1\tAssociation\tD001241\tD014786\tNovel

2|t|Only a title
2|a|
"""


def load(path, text, policy="error"):
    path.write_text(text, encoding="utf-8")
    log = ProblemLog(policy)
    return list(pubtator.read(path, log)), log


def test_lines_mean_what_they_say(tmp_path):
    (first, second), _ = load(tmp_path / "x", GOOD)
    assert first.text == "Ocular and auditory toxicity.\nA rash after aspirin."
    assert [(first.text_of(m), m.concepts) for m in first.mentions] == [
        ("Ocular and auditory toxicity", ("D014786", "D006311")),
        ("rash", ()),
    ]
    arguments = (("Arg1", "D001241"), ("Arg2", "D014786"))
    assert first.relations == [
        Relation("CID", arguments, of_concepts=True),
        Relation("Association", arguments, of_concepts=True, attributes=(("novel", "Novel"),)),
    ]
    assert (second.id, second.text) == ("2", "Only a title")


def test_a_file_is_written_as_it_was_read(tmp_path):
    found, _ = load(tmp_path / "x", GOOD)
    pubtator.write(found, tmp_path / "y")
    assert (tmp_path / "y").read_text().strip() == GOOD.strip()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1\t0\t5\tOther\tDisease\tD1", "B261"),
        ("1\t0\t500\tOcular\tDisease\tD1", "B261"),
        ("1\t6\t0\tOcular\tDisease\tD1", "B261"),
        ("1\t0\t6\tOcular\t\tD1", "B261"),
        ("1\tCID\tD1", "B260"),
        ("1\tx\ty\tz\tDisease\tD1", "B260"),
        ("7\t0\t6\tOcular\tDisease\tD1", "B262"),
        ("7|a|An abstract", "B262"),
        ("1|a|Another abstract.", "B250"),
        ("rubbish", "B262"),
    ],
)
def test_wrong_lines_are_told_and_left_out(line, code, tmp_path):
    text = GOOD.replace("\n\n", f"\n{line}\n\n", 1)
    with pytest.raises(BionerError) as caught:
        load(tmp_path / "x", text)
    assert caught.value.code == code
    found, log = load(tmp_path / "x", text, "skip")
    assert log.summary() == {code: 1}
    assert [problem.line for problem in log.problems] == [7]
    assert found == load(tmp_path / "x", GOOD)[0]


def test_what_the_format_cannot_hold_is_counted(tmp_path):
    mentions = [
        Mention(0, 9, "ADR", ((0, 3), (5, 9)), "T1", ("C1",), 0.5),
        Mention(4, 9, "Drug", id="T2", concepts=("C2",)),
        Mention(4, 9, "Drug", id="T3"),
    ]
    relations = [Relation("a", (("x", "T1"), ("y", "T2"))), Relation("b", (("x", "T1"), ("y", "T3")))]
    document = Document("one\ntwo three\nfour", mentions, meta={"year": 2020}, relations=relations)
    log = ProblemLog("skip")
    write([document], tmp_path / "x", "pubtator", log)
    assert log.summary() == {"B263": 5}
    (again,) = pubtator.read(tmp_path / "x", ProblemLog())
    assert again.text == "one\ntwo three four"
    assert [r.arguments for r in again.relations] == [(("Arg1", "C1"), ("Arg2", "C2"))]


def written(document, path):
    """Write a document; return it as it is read again, and the notes on what was lost, without their beginning."""
    log = ProblemLog("skip")
    write([document], path, "pubtator", log)
    (again,) = pubtator.read(path, ProblemLog())
    return again, sorted(str(problem).partition("': ")[2].partition(",")[0] for problem in log.problems)


PAIRS = {
    "three mentions": Relation("R", (("x", "T1"), ("y", "T2"), ("z", "T3"))),
    "three, one of them without a concept": Relation("R", (("x", "T1"), ("y", "T2"), ("z", "T4"))),
    "one mention": Relation("R", (("x", "T1"),)),
    "a mention that is not there": Relation("R", (("x", "T1"), ("y", "T9"))),
    "three concepts": Relation("R", (("x", "C1"), ("y", "C2"), ("z", "C3")), of_concepts=True),
    "no label": Relation("", (("x", "T1"), ("y", "T2"))),
}


@pytest.mark.parametrize("case", PAIRS)
def test_a_relation_is_written_whole_or_counted(case, tmp_path):
    concepts = ("C1",), ("C2",), ("C3",), ()
    mentions = [Mention(2 * i, 2 * i + 1, "X", (), f"T{i + 1}", ids) for i, ids in enumerate(concepts)]
    again, lost = written(Document("a b c d", mentions, "1", relations=[PAIRS[case]]), tmp_path / "x")
    assert again.relations == []
    assert lost == ["1 relations without a label or without two concepts"]


def test_attributes_of_relations_are_counted_but_for_the_one_with_a_field(tmp_path):
    facts = (("type", "x"), ("novel", "No"), ("novel", "Novel"), ("n", "1"))
    relation = Relation("R", (("a", "C1"), ("b", "C2")), of_concepts=True, attributes=facts)
    again, lost = written(Document("a", id="1", relations=[relation]), tmp_path / "x")
    assert [one.attributes for one in again.relations] == [(("novel", "No"),)]
    assert lost == ["3 attributes"]


def test_no_tab_or_line_break_breaks_the_file(tmp_path):
    mentions = [Mention(0, 1, "A\tB\nC", concepts=("C\t1", "C\r2"))]
    relation = Relation("R\nS", (("a", "C\t1"), ("b", "C\t3")), of_concepts=True, attributes=(("novel", "a\tb"),))
    again, lost = written(Document("a b", mentions, "1", relations=[relation]), tmp_path / "x")
    assert again.mentions == [Mention(0, 1, "A B C", concepts=("C 1", "C 2"))]
    assert [(r.label, r.arguments, r.attributes) for r in again.relations] == [
        ("R S", (("Arg1", "C 1"), ("Arg2", "C 3")), (("novel", "a b"),))
    ]
    assert lost == ["8 line breaks or tabs"]


def test_relations_of_the_same_concepts_are_one(tmp_path):
    mentions = [Mention(i, i + 1, "X", (), f"T{i}", (f"C{i % 2}",)) for i in range(4)]
    pairs = [Relation("R", (("x", f"T{i}"), ("y", f"T{i + 1}")), f"R{i}") for i in (0, 2)]
    again, lost = written(Document("abcd", mentions, "1", relations=pairs), tmp_path / "x")
    assert [one.arguments for one in again.relations] == [(("Arg1", "C0"), ("Arg2", "C1"))]
    assert lost == ["1 relations of the concepts of another (written once)"]


def test_each_relation_is_written_with_its_concepts_or_counted(tmp_path):
    concepts = (("A",), ("B", "C"), ("B",))
    mentions = [Mention(i, i + 1, "X", (), f"T{i}", names) for i, names in enumerate(concepts)]
    pairs = [Relation("R", (("x", a), ("y", b)), f"R{i}") for i, (a, b) in enumerate((("T0", "T1"), ("T2", "T0")))]
    again, lost = written(Document("abc", mentions, "1", relations=pairs), tmp_path / "x")
    assert [tuple(name for _, name in one.arguments) for one in again.relations] == [("A", "B"), ("B", "A")]
    assert lost == ["1 relations of a mention of several concepts (the first is written)"]


def test_an_id_that_is_made_is_no_other_document_s(tmp_path):
    names = ["x y", "1", "", "3", "a|b", "5", "5", "7"]
    log = ProblemLog("skip")
    write([Document("a", id=name) for name in names], tmp_path / "x", "pubtator", log)
    found = [document.id for document in pubtator.read(tmp_path / "x", ProblemLog())]
    assert found == ["1", "2", "3", "4", "5", "6", "7", "8"]
    # Only where a document had an id is that one lost.
    assert len([one for one in log.problems if "1 id," in str(one)]) == log.counts["B263"] == 7
