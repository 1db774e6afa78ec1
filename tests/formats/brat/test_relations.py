"""Relations between mentions, and scores, as brat's R, E and # lines."""

from dataclasses import replace

import pytest
from brat_files import load, put

from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.formats.brat import write
from spacy_bioner.formats.problems import ProblemLog

TEXT = "Aspirin causes rash and itch.\n"
ANN = (
    "T1\tDrug 0 7\tAspirin\n"
    "T2\tCause 8 14\tcauses\n"
    "T3\tADR 15 19\trash\n"
    "T4\tADR 24 28\titch\n"
    "R1\tCAUSES Arg1:T1 Arg2:T3\t\n"
    "E1\tCausation:T2 Agent:T1 Effect:T3 Effect2:T4\n"
    "E2\tCausation:T2\n"
    "E3\tReport:T2 Theme:E1\n"
    "R2\tOf Arg1:E1 Arg2:T4\n"
    "*\tEquiv T3 T4\n"
    "#1\tAnnotatorNotes R1\tscore=0.5\n"
    "#2\tAnnotatorNotes T3\tscore=0.93\n"
    "#3\tAnnotatorNotes T3\tscore=2\n"
)
RELATIONS = [
    Relation("CAUSES", (("Arg1", "T1"), ("Arg2", "T3")), "R1", 0.5),
    Relation("Causation", (("Trigger", "T2"), ("Agent", "T1"), ("Effect", "T3"), ("Effect2", "T4")), "E1"),
]


def written(document, tmp_path):
    report = ProblemLog("error")
    write([document], tmp_path / "out.txt", report)
    return (tmp_path / "out.ann").read_text(), report


@pytest.fixture
def document(tmp_path):
    return load(put(tmp_path / "in", a_txt=TEXT, a_ann=ANN))[0][0]


def test_what_is_between_mentions_is_a_relation_and_all_comes_back(document, tmp_path):
    assert document.relations == RELATIONS
    assert [mention.score for mention in document.mentions] == [None, None, 0.93, None]
    assert written(document, tmp_path)[0] == ANN


def test_changed_relations_are_rewritten_and_all_else_stays(document, tmp_path):
    document.relations[0] = replace(RELATIONS[0], label="TREATS", score=None)
    document.relations.append(Relation("CAUSES", (("", "T1"), ("", "T4")), score=0.25))
    text, report = written(document, tmp_path)
    assert (
        text
        == ANN.replace("CAUSES Arg1:T1 Arg2:T3\t", "TREATS Arg1:T1 Arg2:T3")
        .replace("#1\tAnnotatorNotes R1\tscore=0.5\n", "")
        .replace("*\t", "*\t")
        .replace("#2\t", "#2\t")
        + "R3\tCAUSES Arg1:T1 Arg2:T4\n#4\tAnnotatorNotes R3\tscore=0.25\n"
    )
    assert not report.counts


def test_a_removed_relation_takes_its_note_and_events_that_need_it(document, tmp_path):
    document.relations = document.relations[:1]
    text, report = written(document, tmp_path)
    assert "E1" not in text
    assert report.summary() == {"B122": 2}  # E3 and R2 spoke of E1
    assert "E2\tCausation:T2\n" in text


def test_a_removed_mention_takes_its_relations(document, tmp_path):
    gone = document.with_mentions(m for m in document.mentions if m.id != "T3")
    assert gone.relations == []
    text, report = written(replace(document, mentions=gone.mentions), tmp_path)
    assert "R1" not in text
    assert "T3" not in text
    again = load(tmp_path / "out.txt", "error")[0][0]
    assert again.relations == []
    assert report.counts["B122"] == 8  # R1 E1 E3 R2 * #1 #2 #3


def test_relations_follow_mentions_that_get_other_ids(tmp_path):
    mentions = [Mention(0, 7, "Drug", id="a"), Mention(15, 19, "ADR", id="b")]
    relation = Relation("CAUSES", (("Drug", "a"), ("Effect", "b")), "x")
    text, _ = written(Document(TEXT, mentions, relations=[relation]), tmp_path)
    assert text == "T1\tDrug 0 7\tAspirin\nT2\tADR 15 19\trash\nR1\tCAUSES Drug:T1 Effect:T2\n"


@pytest.mark.parametrize(
    "relation",
    [
        Relation("two words", (("A", "T1"), ("B", "T1"))),
        Relation("", (("A", "T1"), ("B", "T1"))),
        Relation("X", (("A", "T1"),)),
        Relation("X", (("a b", "T1"), ("B", "T1"))),
        Relation("X", (("A", "T1"), ("B", "T1")), score=1.5),
    ],
)
def test_what_no_line_can_hold(relation, tmp_path):
    shown = ", ".join(target for _, target in relation.arguments)
    with pytest.raises(BionerError, match=f"B123.*: the relation of {shown}, labelled '{relation.label}', cannot be"):
        written(Document(TEXT, [Mention(0, 7, "Drug", id="T1")], relations=[relation]), tmp_path)


def test_a_relation_of_nothing_is_noted(tmp_path):
    relation = Relation("X", (("A", "T1"), ("B", "T9")))
    report = ProblemLog("error")
    write([Document(TEXT, [Mention(0, 7, "Drug", id="T1")], relations=[relation])], tmp_path / "a.txt", report)
    assert report.summary() == {"B122": 1}


def test_a_relation_of_concepts_is_counted_and_never_becomes_one_of_mentions(tmp_path):
    # The concept has the name of the mention.
    mentions = [Mention(0, 7, "Drug", id="T1"), Mention(15, 19, "ADR", id="T2")]
    relation = Relation("X", (("A", "T1"), ("B", "T2")), of_concepts=True, attributes=(("novel", "Novel"),))
    annotations, report = written(Document(TEXT, mentions, relations=[relation]), tmp_path)
    assert "X" not in annotations
    assert report.summary() == {"B263": 1}
    assert "1 relations of concepts" in str(report.problems[0])
