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
