"""spaCy's own files: lossless through our reader, and plain good Docs for spaCy's."""

from collections import Counter
from dataclasses import replace

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_documents import documents, token_documents
from spacy.tokens import DocBin, Span
from spacy.training import Corpus

from spacy_bioner.documents.gold import get_gold
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog
from spacy_bioner.formats.docbin import read, read_docs, write

NLP = spacy.blank("en")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.spacy"


@pytest.mark.parametrize("policy", ["strict", "contract", "expand", "split"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.lists(documents(full=True), max_size=3))
def test_round_trip(path, policy, corpus):
    counts = Counter()
    write(corpus, path, tokenizer=NLP, policy=policy, counts=counts)
    back = list(read(path, ProblemLog()))
    assert [replace(d, tokens=None, sentences=None) for d in back] == corpus
    assert counts["mentions"] == sum(len(d.mentions) for d in corpus)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.lists(token_documents(), max_size=3))
def test_tokens_and_sentences_are_kept(path, corpus):
    write(corpus, path)
    assert list(read(path, ProblemLog())) == corpus


def test_spacy_reads_it(path):
    report = ProblemLog()
    write(
        [Document("BRCA1/2 is", [Mention(0, 5, "G")]), Document("no rash", [Mention(3, 7, "ADR")])],
        path,
        report,
        tokenizer=NLP,
    )
    first, second = Corpus(path)(NLP)
    assert [token.ent_iob_ for token in first.reference] == ["", "O"]
    assert get_gold(first.reference).mentions == [Mention(0, 5, "G")]
    assert [(ent.text, ent.label_) for ent in second.reference.ents] == [("rash", "ADR")]
    assert report.summary() == {"B152": 1}


def test_files_of_spacy(path):
    doc = NLP("No rash here")
    doc.ents = [Span(doc, 1, 2, "ADR", kb_id="C1")]
    doc.spans["bioner"] = [Span(doc, 0, 2, "Finding")]
    DocBin(docs=[doc, NLP("x")]).to_disk(path)
    first, second = read(path, ProblemLog())
    assert first.mentions == [Mention(3, 7, "ADR", concepts=("C1",))]
    assert first.tokens == [(0, 2), (3, 7), (8, 12)]
    assert second.mentions == []
    assert [d.mentions for d in read(path, ProblemLog(), spans_key="bioner")] == [[Mention(0, 7, "Finding")], []]


def test_unknown_gold_is_told(path):
    """A Document has no place for it. What ``doc.ents`` cannot hold, and white space, is known."""
    partly, none, known = NLP("No  rash here"), NLP("No rash"), NLP("No  rash")
    partly.set_ents([Span(partly, 2, 3, "ADR")], default="missing")
    known.set_ents([Span(known, 2, 3, "ADR")])
    DocBin(docs=[partly, none, known]).to_disk(path)
    report = ProblemLog()
    assert [len(document.mentions) for document in read(path, report)] == [1, 0, 1]
    assert report.summary() == {"B194": 2}
    first, second = map(str, report.problems)
    assert "document '1': the gold of 2 of its 3 tokens is unknown" in first
    assert "document '2': the gold of 2 of its 2 tokens is unknown" in second
    assert [len(list(read(path, report, **how))) for how in ({"gold": False}, {"spans_key": "x"})] == [3, 3]
    assert len(list(read_docs(path, NLP.vocab, report))) == 3
    write([Document("BRCA1/2 is", [Mention(0, 5, "G"), Mention(2, 10, "I")])], path, tokenizer=NLP)
    assert len(list(read(path, report))) == 1
    assert report.summary() == {"B194": 2}


def test_gold_that_was_changed_since_is_what_counts(path):
    write([Document("rash", [Mention(0, 4, "ADR", id="T1", concepts=("A", "B"))])], path)
    (doc,) = read_docs(path, NLP.vocab, ProblemLog())
    doc.set_ents([Span(doc, 0, 1, "Disease", kb_id="A")])
    DocBin(docs=[doc], store_user_data=True).to_disk(path)
    (document,) = read(path, ProblemLog())
    assert document.mentions == [Mention(0, 4, "Disease", concepts=("A",))]


def damaged(content):
    return [b"", b"no", content[: len(content) // 2], content[:-1], b"\x00" * 50, content[:20] + b"\xff" + content[21:]]


def test_files_that_are_no_docbin(path):
    write([Document("rash", [Mention(0, 4, "ADR")])] * 9, path)
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        report = ProblemLog("skip")
        assert list(read(path, report)) == []
        assert report.summary() == {"B158": 1}
        with pytest.raises(BionerError, match=r"B158.*a.spacy"):
            list(read(path, ProblemLog()))
    for absent in (path.parent, path / "absent"):
        with pytest.raises(BionerError, match="B101"):
            list(read(absent, ProblemLog("skip")))
