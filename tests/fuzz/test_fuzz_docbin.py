"""DocBins of strangers: any user data, any bytes, any document."""

import zlib

import pytest
import spacy
from fuzzing import NASTY_STRINGS, survives, writes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nasty_documents import nasty_documents
from spacy.tokens import DocBin, Span

from spacy_bioner import limits
from spacy_bioner.documents.gold import GOLD, ID, META
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import ProblemLog
from spacy_bioner.formats.docbin import read, read_docs, write

NLP = spacy.blank("en")
FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

STRINGS = NASTY_STRINGS.filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
PLAIN = st.none() | st.booleans() | st.integers(-5, 2**60) | st.floats() | STRINGS
VALUES = st.recursive(
    PLAIN, lambda some: st.lists(some, max_size=4) | st.dictionaries(STRINGS | st.integers(0, 9), some)
)
ALMOST = st.fixed_dictionaries(
    {
        "mentions": st.lists(st.lists(PLAIN | st.lists(PLAIN, max_size=2), min_size=6, max_size=7), max_size=2),
        "relations": st.lists(st.lists(PLAIN | st.lists(st.lists(PLAIN, max_size=2)), max_size=4), max_size=2),
        "in_ents": st.booleans() | PLAIN,
    }
)


@FUZZ
@given(key=st.sampled_from([GOLD, ID, META, "other"]), value=VALUES | ALMOST)
def test_user_data_of_others(tmp_path, key, value):
    doc = NLP("a rash")
    doc.set_ents([Span(doc, 1, 2, "ADR")])
    doc.user_data[key] = value
    DocBin(docs=[doc, NLP("next")], store_user_data=True).to_disk(tmp_path / "a.spacy")
    found = survives(read, tmp_path / "a.spacy")
    assert found[-1].text == "next"
    docs = list(read_docs(tmp_path / "a.spacy", NLP.vocab, ProblemLog("skip")))
    assert [doc.text for doc in docs] == [document.text for document in found]


@FUZZ
@given(document=nasty_documents())
def test_documents_of_nasty_strings_come_back_or_are_refused(tmp_path, document):
    path = tmp_path / "a.spacy"
    path.unlink(missing_ok=True)
    if writes(write, [document], path):
        (again,) = survives(read, path)
        assert (again.text, again.id, again.mentions) == (document.text, document.id, document.mentions)
        assert again.relations == document.relations
        assert repr(again.meta) == repr(document.meta)  # nan is not equal to itself


def test_what_unpacks_to_too_much_takes_no_memory(tmp_path, monkeypatch):
    path = tmp_path / "a.spacy"
    path.write_bytes(zlib.compress(b"\0" * (1 << 20)))
    monkeypatch.setattr(limits, "DOCBIN", 1 << 19)
    report = ProblemLog("skip")
    assert list(read(path, report)) == []
    assert report.summary() == {"B177": 1}


def test_a_document_that_does_not_fit_together_is_left_out(tmp_path):
    doc = NLP("a rash")
    doc.user_data[GOLD] = {"mentions": [[0, 99, "X", [], "", [], None]], "relations": [], "in_ents": False}
    other = NLP("next")
    other.set_ents([])
    DocBin(docs=[doc, other], store_user_data=True).to_disk(tmp_path / "a.spacy")
    report = ProblemLog("skip")
    assert [document.text for document in read(tmp_path / "a.spacy", report)] == ["next"]
    assert report.summary() == {"B179": 1}
    with pytest.raises(BionerError, match=r"B179.*a.spacy.*document 1.*B170"):
        list(read(tmp_path / "a.spacy", ProblemLog()))
