"""Adjudication: all that annotators say is in the merged document, disputed, or counted as left out."""

from collections import Counter
from dataclasses import fields, replace

import pytest

from spacy_bioner.documents.declared_types import TYPES, write_types
from spacy_bioner.documents.document import Answer, Document, Mention, Question, Relation
from spacy_bioner.experiments.file_scores.adjudication import merge_readings, settled, still_open
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.formats import ProblemLog, read, write
from spacy_bioner.formats.brat.notes import notes_of

TEXT = "No rash after aspirin."
NEGATED = ("Negated", "")
LOW = ("Certainty", "low")


def merged(*documents, names=("anna", "boris", "clara")):
    matches, _ = match_documents([documents[0]], [[one] for one in documents[1:]])
    counts, report = Counter(), ProblemLog("skip")
    document = merge_readings(matches[0], names[: len(documents)], counts, report)
    return document, counts, report


def notes(document):
    return [note.text for note in notes_of(document)]


FULL_MENTION = Mention(3, 13, "ADR", ((3, 7), (8, 13)), "T1", ("D1",), 0.5, (LOW, NEGATED))
DRUG = Mention(14, 21, "Drug", id="T2")
FULL_RELATION = Relation("causes", (("Arg1", "T2"), ("Arg2", "T1")), "R1", 0.5, False, (("novel", "Novel"),))
OF_CONCEPTS = Relation("causes", (("Arg1", "D1"), ("Arg2", "D9")), of_concepts=True)


def test_what_all_say_is_kept_or_counted_field_by_field():
    """A field that a later version adds to a mention or relation fails here until it is kept or counted."""
    one = Document(TEXT, [FULL_MENTION, DRUG], "d", relations=[FULL_RELATION, OF_CONCEPTS])
    document, counts, report = merged(one, one)
    assert notes(document) == []
    (mention, _), (relation, of_concepts) = document.mentions, document.relations
    counted = {"score"}
    for kept, given in ((mention, FULL_MENTION), (relation, FULL_RELATION), (of_concepts, OF_CONCEPTS)):
        names = [field.name for field in fields(given) if field.name not in {*counted, "id"}]
        assert {name: getattr(kept, name) for name in names} == {name: getattr(given, name) for name in names}
    assert [(problem.code, problem.path) for problem in report.problems] == [("B732", "anna"), ("B732", "boris")]
    assert "2 scores" in report.describe()[0]
    assert counts == Counter(documents=1, agreed=2, relations_agreed=2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("start", 4), ("end", 6), ("label", "Sign"), ("concepts", ("D2",)), ("attributes", (NEGATED,))],
)
def test_a_difference_in_any_field_of_a_mention_is_a_dispute(field, value):
    mention = replace(FULL_MENTION, end=7, fragments=(), score=None)
    document, counts, report = merged(
        Document(TEXT, [mention], "d"), Document(TEXT, [replace(mention, **{field: value})], "d")
    )
    assert len(document.mentions) == len(notes(document)) == 2
    assert (counts["agreed"], counts["disputes"]) == (0, 1)
    assert not report.counts


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "other"),
        ("arguments", (("Arg1", "T1"), ("Arg2", "T2"))),
        ("of_concepts", True),
        ("attributes", ()),
    ],
)
def test_a_difference_in_any_field_of_a_relation_leaves_both_out(field, value):
    one = Document(TEXT, [FULL_MENTION, DRUG], "d", relations=[replace(FULL_RELATION, score=None)])
    other = replace(one, relations=[replace(FULL_RELATION, **{field: value})])
    document, counts, _ = merged(one, other)
    assert document.relations == []
    assert (counts["relations_agreed"], counts["relations_left_out"]) == (0, 2)


def test_attributes_that_differ_are_told_in_the_notes():
    def marked(*attributes):
        return Document(TEXT, [Mention(3, 7, "ADR", attributes=attributes)], "d")

    document, _, _ = merged(marked(NEGATED), marked())
    assert [one.attributes for one in document.mentions] == [(), (NEGATED,)]
    assert notes(document) == ["disputed 1: boris (no attribute), or T2", "disputed 1: anna (Negated), or T1"]
    # The order of attributes says nothing.
    document, counts, _ = merged(marked(NEGATED, LOW), marked(LOW, NEGATED))
    assert (len(document.mentions), notes(document), counts["agreed"]) == (1, [], 1)
    document, _, _ = merged(marked(NEGATED, LOW), marked(LOW), Document(TEXT, id="d"))
    assert notes(document) == [
        "disputed 1: boris (Certainty low), or T2",
        "disputed 1: anna (Certainty low, Negated), or T1",
    ]


def test_metadata_that_all_have_is_kept_and_the_rest_counted():
    one = Document(TEXT, id="d", meta={"year": 1999, "journal": "X"}, question=Question("Which?", (Answer("rash", 3),)))
    document, _, report = merged(one, replace(one, meta={"year": 1999, "journal": "Y", "by": "boris"}))
    assert document.meta == {"year": 1999}
    assert document.question == one.question
    assert [str(problem).rpartition(": ")[2] for problem in report.problems] == [
        "1 metadata field that differs",
        "2 metadata fields that differ",
    ]


def test_declared_types_are_joined():
    def declaring(*types):
        return Document(TEXT, id="d", meta=write_types(types))

    assert merged(declaring("ADR"), declaring("Drug"))[0].meta == {TYPES: "ADR|Drug"}
    assert merged(declaring("ADR"), Document(TEXT, id="d"))[0].meta == {}
    assert merged(declaring("ADR"))[0].meta == {TYPES: "ADR"}


def test_who_did_not_look_for_a_type_disputes_none_of_its_mentions():
    causes = Relation("causes", (("Arg1", "T2"), ("Arg2", "T1")))
    both = Document(TEXT, [Mention(3, 7, "ADR", id="T1"), DRUG], "d", relations=[causes])
    only = Document(TEXT, [], "d", meta=write_types(["ADR"]))
    document, counts, _ = merged(both, only)
    assert notes(document) == ["disputed 1: only anna"]  # the reaction, not the drug
    assert len(document.relations) == 1
    assert (counts["agreed"], counts["alone"], counts["relations_agreed"]) == (1, 1, 1)
    document, counts, _ = merged(both, replace(only, meta={}))
    assert len(notes(document)) == 2
    assert document.relations == []
    # With a third annotator, the two who looked for drugs decide.
    third = replace(both, mentions=[Mention(3, 7, "ADR", id="T1")], relations=[])
    document, counts, _ = merged(both, only, third)
    assert notes(document) == ["disputed 1: only anna, clara", "disputed 2: only anna"]
    assert counts["alone"] == 0


@pytest.mark.parametrize("text", ["a   b", "   b", "a   "])
@pytest.mark.parametrize("other", ["same", "spaced"])
def test_white_space_alone_is_left_out_and_counted(text, other):
    solid = len(text.split()[0])
    start = len(text) - len(text.lstrip())
    word = Mention(start, start + solid, "X", id="T1")
    blank = text.index("  ")
    space = Mention(blank, blank + 2, "Y", id="T2")
    related = Relation("r", (("Arg1", "T1"), ("Arg2", "T2")))
    one = Document(text, [space, word], "d", relations=[related])
    second = text if other == "same" else f" {text.replace('   ', ' ')}"
    at = second.index(text.split()[0])
    document, counts, report = merged(one, Document(second, [Mention(at, at + solid, "X")], "d"))
    assert [(m.start, m.end, m.label) for m in document.mentions] == [(word.start, word.end, "X")]
    assert notes(document) == []
    assert report.summary() == {"B731": 1}
    assert (counts["agreed"], counts["relations_left_out"]) == (1, 1)


def test_a_part_of_white_space_alone_is_no_part():
    text = "a   b"
    parts = Mention(0, 5, "X", ((0, 1), (1, 3), (4, 5)))
    document, _, report = merged(
        Document(text, [parts], "d"), Document(text, [Mention(0, 5, "X", ((0, 1), (4, 5)))], "d")
    )
    assert [one.parts for one in document.mentions] == [((0, 1), (4, 5))]
    assert notes(document) == []
    assert not report.counts


def test_lines_that_are_no_field_are_counted(tmp_path):
    lines = [
        "T1\tADR 3 7\trash",
        "T2\tDrug 14 21\taspirin",
        "A1\tNegated T1",
        "N1\tReference T1 MESH:D1\trash",
        "R1\tcauses Arg1:T2 Arg2:T1",
        "E1\tReport:T2 Theme:T1",
        "E2\tReport:T2",
        "M1\tSpeculation E1",
        "*\tEquiv T1 T2",
        "#1\tAnnotatorNotes R1\tsee guideline 4",
        "#2\tAnnotatorNotes T2\tscore=0.5",
    ]
    (tmp_path / "d.txt").write_text(TEXT)
    (tmp_path / "d.ann").write_text("".join(f"{line}\n" for line in lines))
    (one,) = read(tmp_path / "d.ann")
    document, _, report = merged(one, Document(TEXT, one.mentions, "d", relations=one.relations))
    lost = [str(problem).rpartition(": ")[2] for problem in report.problems if problem.path == "anna"]
    assert sorted(lost) == ["1 note", "1 score", "2 other lines"]
    assert len(document.relations) == 2
    write([document], tmp_path / "out", "brat")
    again = (tmp_path / "out/d.ann").read_text()
    assert "A1\tNegated T1" in again
    assert "Speculation E" in again
    assert "guideline" not in again


def test_what_annotators_noted_is_kept(tmp_path):
    """Beside the dispute as long as it is open, and without it then; never a dispute that an earlier run noted."""
    for name, ann in {
        "anna": "T1\tADR 3 7\trash\n#1\tAnnotatorNotes T1\tmild, or not\n"
        "T2\tDrug 14 21\taspirin\n#2\tAnnotatorNotes T2\tsee | title\n",
        "boris": "T1\tADR 0 7\tNo rash\n#1\tAnnotatorNotes T1\tdisputed 7: only dora\n"
        "T2\tDrug 14 21\taspirin\n#2\tAnnotatorNotes T2\tbrand?\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "d.txt").write_text(TEXT)
        (tmp_path / name / "d.ann").write_text(ann)
    anna, boris = (next(iter(read(tmp_path / name))) for name in ("anna", "boris"))
    document, _, report = merged(anna, boris)
    assert notes(document) == [
        "disputed 1: boris, or T2",
        "disputed 1: anna, or T1 | anna: mild, or not",
        "anna: see | title | boris: brand?",
    ]
    assert [str(problem).rpartition(": ")[2] for problem in report.problems] == ["1 note"]
    write([document], tmp_path / "both", "brat")
    (again,) = read(tmp_path / "both")
    assert [one.note.mention for one in still_open(again)] == ["T1", "T2"]
    again.mentions = again.mentions[1:]
    write([again], tmp_path / "decided", "brat")
    (decided,) = read(tmp_path / "decided")
    assert not still_open(decided)
    final = settled(decided)
    assert notes(final) == ["anna: see | title | boris: brand?", "anna: mild, or not"]
    assert [final.text_of(one) for one in final.mentions] == ["rash", "aspirin"]


class _Counting(str):
    """A text that counts how often it is read from its start to its end."""

    scans = 0

    def __iter__(self):
        _Counting.scans += 1
        return super().__iter__()


@pytest.mark.parametrize("number", [2, 40])
def test_the_text_is_read_once_for_all_mentions(number):
    text = _Counting("rash " * number)
    mentions = [Mention(5 * i, 5 * i + 4, "ADR") for i in range(number)]
    _Counting.scans = 0
    document, _, _ = merged(Document(text, mentions, "d"), Document(str(text), mentions, "d"))
    assert len(document.mentions) == number
    assert _Counting.scans <= 3
