"""Attributes of mentions, such as negation: in files, on Docs, from the extensions of spans."""

import pytest
import spacy
from brat.brat_files import contents, load, put
from spacy.tokens import Doc, DocBin, Span

from spacy_bioner.corpus.annotation.stream import Selection, annotate, check_pipeline
from spacy_bioner.documents.alignment import from_doc, to_doc
from spacy_bioner.documents.span_attributes import parse_attributes, with_attributes
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, read, write

TEXT = "Denies rash.\nPerhaps nausea."
FACTS = (("Negated", ""), ("Certainty", "low"))
ANN = """T1\tADR 7 11\trash
A1\tNegated T1
T2\tADR 21 27\tnausea
R1\tcauses Arg1:T1 Arg2:T2
A2\tCertainty T2 low
A3\tDirect R1
A4\tNegated T2
"""


def document(attributes=FACTS):
    return Document(TEXT, [Mention(7, 11, "ADR", id="T1", attributes=attributes)], "d1")


def test_brat_lines_are_attributes_and_come_back_as_they_are(tmp_path):
    folder = put(tmp_path / "a", x_txt=TEXT, x_ann=ANN)
    (found,), _ = load(folder)
    assert [m.attributes for m in found.mentions] == [(("Negated", ""),), (("Certainty", "low"), ("Negated", ""))]
    write([found], tmp_path / "b", format="brat")
    assert contents(tmp_path / "b") == contents(folder)


def test_brat_keeps_the_lines_of_attributes_that_stay(tmp_path):
    (found,), _ = load(put(tmp_path / "a", x_txt=TEXT, x_ann=ANN))
    first, second = found.mentions
    found.mentions = [
        Mention(first.start, first.end, "ADR", id="T1"),
        Mention(second.start, second.end, "ADR", id="T2", attributes=(("Negated", ""), ("Certainty", "high"))),
    ]
    write([found], tmp_path / "b", format="brat")
    lines = (tmp_path / "b" / "x.ann").read_text().splitlines()
    assert [line for line in lines if line[0] == "A"] == ["A3\tDirect R1", "A4\tNegated T2", "A5\tCertainty T2 high"]
    (again,), _ = load(tmp_path / "b")
    assert again.mentions == found.mentions


def test_brat_notes_what_no_line_can_hold(tmp_path):
    report = ProblemLog("skip")
    write(
        [document((("two words", ""), ("Note", "a\nb"), ("Negated", "")))], tmp_path / "b", format="brat", report=report
    )
    assert report.counts["B760"] == 2
    (again,), _ = load(tmp_path / "b")
    assert again.mentions[0].attributes == (("Negated", ""),)


def test_brat_settings_declare_attributes(tmp_path):
    write([document()], tmp_path / "b", format="brat", settings=True)
    settings = (tmp_path / "b" / "annotation.conf").read_text()
    assert settings.endswith("[attributes]\n\nNegated\tArg:<ENTITY>\nCertainty\tArg:<ENTITY>, Value:low\n")


@pytest.mark.parametrize("format", ["brat", "jsonl", "bioc", "bioc_json", "label_studio", "parquet", "docbin"])
def test_formats_hold_attributes(format, tmp_path):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    report = ProblemLog("skip")
    write([document()], tmp_path / "x", format=format, report=report)
    (again,) = read(tmp_path / "x", format=format)
    assert again.mentions[0].attributes == FACTS
    assert not report.counts


@pytest.mark.parametrize(("format", "code"), [("pubtator", "B263"), ("conll", "B238")])
def test_formats_that_hold_none_count_them(format, code, tmp_path):
    report = ProblemLog("skip")
    write([document()], tmp_path / "x", format=format, report=report)
    (problem,) = [str(problem) for problem in report.problems if problem.code == code]
    assert "2 attributes" in problem


@pytest.mark.parametrize("format", ["bioc", "bioc_json"])
def test_bioc_counts_what_infons_cannot_hold(format, tmp_path):
    report = ProblemLog("skip")
    facts = (("Negated", ""), ("Negated", "twice"), ("type", "x"), ("Score", "y"))
    write([document(facts)], tmp_path / "x", format=format, report=report)
    (again,) = read(tmp_path / "x", format=format)
    assert again.mentions[0].attributes == (("Negated", ""),)
    assert "3 attributes" in str(report.problems[0])


@pytest.mark.parametrize("given", ["Negated", [["Negated"]], [[1, "x"]], [["Negated", None]], [["", "x"]]])
def test_json_lines_with_other_attributes_are_reported(given, tmp_path):
    import json

    record = {"text": TEXT, "entities": [{"start": 7, "end": 11, "label": "ADR", "attributes": given}]}
    (tmp_path / "x.jsonl").write_text(json.dumps(record))
    with pytest.raises(BionerError, match="B155"):
        list(read(tmp_path / "x.jsonl"))


def test_gold_on_a_doc_has_attributes():
    nlp = spacy.blank("en")
    doc = to_doc(document(), nlp)
    assert from_doc(doc).mentions[0].attributes == FACTS
    (again,) = DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)
    assert from_doc(Doc(nlp.vocab).from_bytes(again.to_bytes())).mentions[0].attributes == FACTS


@pytest.fixture
def extensions():
    names = {"test_negated": False, "test_certainty": None, "test_other": ""}
    for name, default in names.items():
        Span.set_extension(name, default=default, force=True)
    yield
    for name in names:
        Span.remove_extension(name)


PAIRS = (("test_negated", "Negated"), ("test_certainty", "Certainty"), ("test_other", "Other"))


def test_extensions_of_spans_become_attributes(extensions):
    doc = spacy.blank("en")(TEXT)
    doc[1:2]._.test_negated = True
    doc[1:2]._.test_certainty = "low"
    mentions = [Mention(7, 11, "ADR"), Mention(21, 27, "ADR")]
    assert [m.attributes for m in with_attributes(doc, mentions, PAIRS)] == [FACTS, ()]


def test_extensions_of_mentions_in_several_parts(extensions):
    doc = spacy.blank("en")("no left knee and ankle pain")
    doc[4:5]._.test_negated = True
    doc[1:6]._.test_certainty = "low"
    mentions = [Mention(3, 27, "ADR", ((3, 12), (17, 22), (23, 27)))]
    assert [m.attributes for m in with_attributes(doc, mentions, PAIRS)] == [FACTS]


def test_annotate_takes_them(extensions):
    @spacy.Language.component("test_context")
    def negate(doc):
        for ent in doc.ents:
            ent._.test_negated = doc[max(ent.start - 1, 0)].text == "Denies"
        return doc

    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR"), ("nausea", "ADR")])
    nlp.add_pipe("test_context")
    selection = Selection(attributes=PAIRS)
    check_pipeline(nlp, attributes=PAIRS)
    (found,) = annotate(nlp, [Document(TEXT)], selection)
    assert [m.attributes for m in found.mentions] == [(("Negated", ""),), ()]
    with pytest.raises(BionerError, match=r"B761.*span._.other.*test_negated"):
        check_pipeline(nlp, attributes=[("other", "Other")])


def test_names_of_extensions_on_the_command_line():
    assert parse_attributes("negex=Negated, is_past,") == (("negex", "Negated"), ("is_past", "is_past"))
    for wrong in ("=Negated", "negex="):
        with pytest.raises(BionerError, match="B762"):
            parse_attributes(wrong)
