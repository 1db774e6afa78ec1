"""The lines that are written are those that brat itself reads; of any other there is a note."""

import re
from dataclasses import replace

import pytest
from brat_files import load, put
from brat_rules import refused
from hypothesis import HealthCheck, given, settings
from test_brat_round_trips import documents_of_any_kind

from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, brat, read, write
from spacy_bioner.formats.brat.notes import with_notes

TEXT = "renal\nfailure and a\tb"
MENTIONS = [Mention(0, 5, "X", id="T1"), Mention(6, 13, "X", id="T2"), Mention(14, 17, "X", id="T3")]


def written(document, path, **options):
    """Return the annotation file of a document, the ids of the lines of which there is a note, and the report."""
    report = ProblemLog()
    brat.write([document], path / "out.txt", report, **options)
    noted = [re.search(r"out\.ann: (\S+): ", str(one))[1] for one in report.problems if one.code == "B181"]
    return (path / "out.ann").read_bytes().decode(), noted, report


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents_of_any_kind())
def test_of_any_document_just_the_lines_that_brat_refuses_are_noted(tmp_path_factory, document):
    content, noted, _ = written(document, tmp_path_factory.mktemp("brat"))
    assert sorted(refused(document.text, content)) == sorted(noted)


@pytest.mark.parametrize("concept", ["D009270", "MESH:D009270", "ID:5", "ID:", "ID:ID:5", ":a", "a:", "x|y"])
def test_a_concept_has_an_ontology_in_the_file_and_comes_back_as_it_was(tmp_path, concept):
    document = Document("rash", [Mention(0, 4, "ADR", id="T1", concepts=(concept,))], "d")
    content, noted, _ = written(document, tmp_path)
    assert noted == refused("rash", content) == []
    assert load(tmp_path / "out.txt")[0][0].mentions == document.mentions
    named = written(document, tmp_path / "named", ontology="MESH")[0]
    assert ("Reference T1 MESH:D009270\t" in named) == (concept in ("D009270", "MESH:D009270"))
    assert refused("rash", named) == []


@pytest.mark.parametrize("lines", ["N1\tReference T1 D009270\trash\n", "N1\tReference T1 ID:D009270\trash\n"])
def test_the_lines_of_concepts_that_were_read_stay(tmp_path, lines):
    content = "T1\tADR 0 4\trash\n" + lines
    [document] = load(put(tmp_path / "in", a_txt="rash", a_ann=content))[0]
    assert document.mentions[0].concepts == ("D009270",)
    assert written(document, tmp_path)[:2] == (content, [])


def test_pubtator_through_brat(tmp_path):
    lines = ["1|t|Rash.", "1|a|Pain.", "1\t0\t4\tRash\tDisease\tD005076|D1", "1\t6\t10\tPain\tDisease\tMESH:D2", ""]
    (tmp_path / "a.pubtator").write_text("\n".join(lines))
    write(read(tmp_path / "a.pubtator"), tmp_path / "brat", "brat")
    content = (tmp_path / "brat/1.ann").read_text()
    assert "N1\tReference T1 ID:D005076\tRash\n" in content
    assert refused("Rash.\nPain.", content) == []
    write(read(tmp_path / "brat"), tmp_path / "b.pubtator")
    assert (tmp_path / "b.pubtator").read_text() == "\n".join([*lines, ""])


def test_a_mention_across_a_line_end_is_written_as_brat_writes_it(tmp_path):
    document = Document(TEXT, [Mention(0, 13, "ADR", id="T1"), Mention(14, 21, "X", ((14, 17), (18, 21)), "T2")], "d")
    content, noted, _ = written(document, tmp_path)
    assert content == "T1\tADR 0 5;6 13\trenal failure\nT2\tX 14 17;18 21\tand a\tb\n"
    assert noted == refused(TEXT, content) == []
    [again], report = load(tmp_path / "out.txt")
    assert again.mentions == document.mentions
    assert report.summary() == {"B121": 1}


@pytest.mark.parametrize("gap", ["\n", " \n\n ", "\r\n", "\u2028", "\x85\t"])
def test_fragments_are_joined_over_line_ends_alone(tmp_path, gap):
    text = f"a{gap}b c"
    first, second = text.index("b"), text.index("c")
    line = f"T1\tX 0 1;{first} {first + 1};{second} {second + 1}\ta b c\n"
    [document] = load(put(tmp_path / "in", a_txt=text, a_ann=line))[0]
    assert document.mentions[0].fragments == ((0, first + 1), (second, second + 1))
    document.mentions[0] = replace(document.mentions[0], label="Y")
    assert written(document, tmp_path)[0] == line.replace("X", "Y")


@pytest.mark.parametrize(("start", "end"), [(5, 13), (0, 6)])
def test_a_mention_with_a_line_end_at_its_edge_stays_what_it_is(tmp_path, start, end):
    document = Document(TEXT, [Mention(start, end, "X", id="T1")], "d")
    content, noted, _ = written(document, tmp_path)
    assert noted == refused(TEXT, content) == ["T1"]
    assert load(tmp_path / "out.txt")[0][0].mentions == document.mentions


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((("x", "T1"), ("y", "T2"), ("z", "T3")), "3 arguments"),
        ((("P", "T1"), ("P", "T2")), "the same role"),
        ((("Trigger", "T1"), ("Theme", "T2"), ("Theme", "T3")), ""),
        ((("a:b", "T1"), ("c", "T2")), "colon"),
    ],
)
def test_relations_that_brat_refuses_are_noted_and_come_back(tmp_path, arguments, fault):
    document = Document(TEXT, MENTIONS, "d", relations=[Relation("R", arguments)])
    content, noted, report = written(document, tmp_path)
    assert noted == refused(TEXT, content) == (["R1"] if fault else [])
    assert fault in "".join(report.describe())
    [again] = load(tmp_path / "out.txt")[0]
    assert again.relations[0].arguments == arguments
    assert written(again, tmp_path / "again")[:2] == (content, [])  # lines that were read are kept, and no news


def test_ids_that_brat_refuses_are_not_taken_over(tmp_path):
    mentions = [replace(mention, id=name) for mention, name in zip(MENTIONS, ("Term", "T-2", "TX3"), strict=True)]
    relation = Relation("R", (("a", "Term"), ("b", "T-2")), "Rel")
    document = Document(TEXT, mentions, "d", relations=[relation])
    for one in (document, with_notes(document, {0: "look"})):
        content, noted, _ = written(one, tmp_path, overwrite=True)
        assert noted == refused(TEXT, content) == []
        [again] = load(tmp_path / "out.txt")[0]
        assert [mention.id for mention in again.mentions] == ["T1", "T2", "TX3"]
        assert again.relations == [Relation("R", (("a", "T1"), ("b", "T2")), "R1")]


def test_any_id_that_was_read_stays_and_its_notes_with_it(tmp_path):
    content = "Term\tX 0 5\trenal\nA1\tSure Term\n"
    [document] = load(put(tmp_path / "in", a_txt=TEXT, a_ann=content))[0]
    assert written(with_notes(document, {0: "look"}), tmp_path)[0] == content + "#1\tAnnotatorNotes Term\tlook\n"
