"""What a file has beyond a Document's fields comes back in its own format, and is counted by every other."""

import json

import pytest

from spacy_bioner.formats import FORMATS, Document, Mention, ProblemLog, read, write

TEXT = "Naloxone caused itching."
BRAT = """T1\tDrug 0 8\tNaloxone
T2\tADR 16 23\titching
T3\tCause 9 15\tcaused
R1\tcauses Arg1:T1 Arg2:T2
E1\tCausation:T3 Agent:T1 Effect:T2
A1\tDirect R1
M1\tSpeculation E1
E2\tReport:T3 Theme:E1
A2\tNegated E2
*\tEquiv T1 T2
N1\tReference R1 X:1\tcauses
#1\tAnnotatorNotes T1\tto discuss
#2\tAnnotatorNotes T2\tscore=0.5
"""
PUBTATOR = """1|t|Heart and renal failure.
1|a|
1\t0\t23\tHeart and renal failure\tADR\tD1|D2\tHeart failure|renal failure
"""
TAC = f"""<Label drug="x" track="y"><Text><Section name="a" id="S1">{TEXT}</Section></Text>
<Mentions><Mention id="M1" section="S1" type="ADR" start="16" len="7" str="itching" /></Mentions>
<Reactions><Reaction id="AR1" str="itching"/></Reactions></Label>"""
BIOC = {
    "source": "S",
    "documents": [
        {
            "id": "d",
            "infons": {},
            "passages": [
                {
                    "offset": 0,
                    "infons": {"section": "TITLE"},
                    "text": TEXT,
                    "annotations": [
                        {
                            "id": "T1",
                            "infons": {"type": "Drug", "identifier": "D1", "MESH": "D1"},
                            "locations": [{"offset": 0, "length": 8}],
                        }
                    ],
                }
            ],
        }
    ],
}
FILES = {
    "brat": ("x.ann", BRAT, {"notes of annotators": 1, "other lines of brat": 4}),
    "conll": ("x.tsv", "# of a\nNaloxone\tNN\tB-Drug\nitches\tVV\tO\n\n", {"further columns": 1, "comments": 1}),
    "pubtator": ("x.pubtator", PUBTATOR, {"lists of parts of composite mentions": 1}),
    "tac": ("x.xml", TAC, {"reactions": 1}),
    "bioc_json": (
        "x.bioc.json",
        json.dumps(BIOC),
        {"passages with their infons": 1, "further identifiers of annotations": 1, "fields of the collection": 1},
    ),
}
WRITABLE = [name for name, format in FORMATS.items() if format.writable and name not in ("squad", "bioasq")]


def loaded(source, tmp_path):
    name, content, _ = FILES[source]
    (tmp_path / "x.txt").write_text(TEXT)
    (tmp_path / name).write_text(content)
    return list(read(tmp_path / name, source, report=ProblemLog("skip")))


@pytest.mark.parametrize("format", WRITABLE)
@pytest.mark.parametrize("source", FILES)
def test_what_only_one_format_holds_is_counted_by_the_others(source, format, tmp_path):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    report = ProblemLog("skip")
    write(loaded(source, tmp_path), tmp_path / "out", format, report=report)
    told = [str(problem) for problem in report.problems if problem.code == "B263"]
    for what, number in FILES[source][2].items():
        counted = [line for line in told if f": {number} {what}, " in line]
        assert len(counted) == (FORMATS[source].key != FORMATS[format].key), (what, told)


def test_every_format_that_keeps_something_counts_it():
    for format in FORMATS.values():
        if hasattr(format.module, "STORE"):
            assert callable(FORMATS[format.key].module.beside), format.name


def test_the_usual_passages_are_no_loss(tmp_path):
    write([Document("Title.\nAbstract.", [Mention(0, 5, "X")], "d")], tmp_path / "x.bioc.json")
    report = ProblemLog("skip")
    write(read(tmp_path / "x.bioc.json"), tmp_path / "x.jsonl", report=report)
    assert report.summary() == {}


def test_a_format_of_your_own_is_counted_too(tmp_path):
    report = ProblemLog("skip")
    write([Document("a", extra={"mine": {"x": 1}})], tmp_path / "x.jsonl", report=report)
    assert report.summary() == {"B263": 1}
    assert "of mine" in report.problems[0].message


FACTS = {"R1": (("Direct", ""),), "E1": (("Speculation", ""),)}


def test_attributes_of_relations_of_brat_are_read_and_stay_in_every_format_that_has_them(tmp_path):
    pytest.importorskip("pyarrow")
    documents = loaded("brat", tmp_path)
    assert {one.id: one.attributes for one in documents[0].relations} == FACTS
    for name in ("x.jsonl", "x.bioc.xml", "x.bioc.json", "x.parquet", "x.spacy", "x.zip"):
        write(documents, tmp_path / name, report=ProblemLog("skip"))
        (again,) = read(tmp_path / name)
        assert {one.id: one.attributes for one in again.relations} == FACTS, name


def test_brat_gives_its_lines_back_and_writes_what_changed(tmp_path):
    (document,) = loaded("brat", tmp_path)
    write([document], tmp_path / "same", "brat")
    assert (tmp_path / "same" / "x.ann").read_text() == BRAT
    first, second = document.relations
    attributes = (("Direct", "yes"), ("two words", ""))
    document.relations = [first.__class__(first.label, first.arguments, first.id, attributes=attributes), second]
    report = ProblemLog("skip")
    write([document], tmp_path / "changed", "brat", report=report)
    assert report.summary() == {"B760": 1}
    lines = BRAT.replace("A1\tDirect R1\n", "") + "A3\tDirect R1 yes\n"
    assert (tmp_path / "changed" / "x.ann").read_text() == lines


def test_brat_settings_say_what_attributes_are_of(tmp_path):
    (document,) = loaded("brat", tmp_path)
    mention = document.mentions[0]
    document.mentions[0] = Mention(mention.start, mention.end, "Drug", id="T1", attributes=(("Direct", "no"),))
    write([document], tmp_path / "out", "brat", settings=True)
    settings = (tmp_path / "out" / "annotation.conf").read_text()
    assert settings.endswith("[attributes]\n\nDirect\tArg:<ENTITY>|<RELATION>, Value:no\nSpeculation\tArg:<EVENT>\n")
