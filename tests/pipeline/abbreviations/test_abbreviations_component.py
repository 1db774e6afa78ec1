import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.vocab import Vocab

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.abbreviations.doc_abbreviations import (
    ABBREVIATIONS_KEY,
    AbbreviationSpans,
    get_abbreviations,
    set_abbreviations,
)

TEXT = "Adenomatous polyposis coli (APC) is rare. APC kills. Activated protein C (APC) is another; APC acts."


def pairs(doc):
    return [(short.text, short.start, long.text) for short, long in doc._.abbreviations]


@pytest.fixture
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_abbreviations")
    return nlp


def test_each_short_form_has_the_long_form_defined_last_before_it(nlp):
    first, second = "Adenomatous polyposis coli", "Activated protein C"
    assert pairs(nlp(TEXT)) == [("APC", 4, first), ("APC", 9, first), ("APC", 16, second), ("APC", 21, second)]


def test_definitions_alone():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_abbreviations", config={"occurrences": False})
    assert [start for _, start, _ in pairs(nlp(TEXT))] == [4, 16]


def test_they_survive_every_way_out(nlp):
    doc = nlp(TEXT)
    expected = pairs(doc)
    stored = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    copies = [*DocBin().from_bytes(stored).get_docs(Vocab()), Doc(Vocab()).from_bytes(doc.to_bytes()), doc.copy()]
    copies += list(nlp.pipe([TEXT] * 2, n_process=2))
    assert [pairs(copy) for copy in copies] == [expected] * 5
    assert not doc.user_data


def test_a_second_run_changes_nothing_and_a_text_without_leaves_no_group(nlp):
    doc = nlp(TEXT)
    assert pairs(nlp.get_pipe("bioner_abbreviations")(doc)) == pairs(nlp(TEXT))
    assert ABBREVIATIONS_KEY not in nlp("No brackets here.").spans
    assert get_abbreviations(nlp.make_doc(TEXT)) == []
    set_abbreviations(doc, [])
    assert ABBREVIATIONS_KEY not in doc.spans


def test_a_user_may_set_them(nlp):
    doc = nlp.make_doc("RA , that is rheumatoid arthritis")
    doc._.abbreviations = [AbbreviationSpans(doc[0:1], doc[4:6])]
    assert pairs(doc) == [("RA", 0, "rheumatoid arthritis")]


def test_joined_docs_keep_their_own_definitions(nlp):
    """Each Doc names its definitions A1, A2, ...; in the joined Doc several have one id."""
    docs = [nlp(text) for text in ("Heart failure (HF). HF.", "No brackets.", "High fever (HF). HF.", TEXT)]
    joined = [(short, long) for short, _, long in pairs(Doc.from_docs(docs))]
    assert joined == [(short, long) for doc in docs for short, _, long in pairs(doc)]


def test_the_long_form_of_a_group_made_otherwise_may_stand_after_the_short_form():
    doc = spacy.blank("en")("RA or rheumatoid arthritis , RA")
    spans = [Span(doc, i, j, label=label, span_id="A1") for i, j, label in ((0, 1, "short"), (2, 4, "long"))]
    doc.spans[ABBREVIATIONS_KEY] = SpanGroup(doc, spans=spans)
    assert [(short.start, long.text) for short, long in get_abbreviations(doc)] == [(0, "rheumatoid arthritis")]


def test_a_damaged_group_is_named(nlp):
    doc = nlp.make_doc("RA is bad")
    doc.spans[ABBREVIATIONS_KEY] = SpanGroup(doc, spans=[Span(doc, 0, 1, label="short", span_id="A1")])
    with pytest.raises(BionerError, match=r"B680.*'RA' \(token 0\)"):
        _ = doc._.abbreviations
