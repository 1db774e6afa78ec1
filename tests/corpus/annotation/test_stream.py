"""Documents through a pipeline: whole texts, right offsets, and one bad document that spoils no other."""

from dataclasses import fields

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_bioner.corpus.annotation import stream
from spacy_bioner.corpus.annotation.stream import Selection, annotate, check_pipeline
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, Question, Relation


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    dictionary = nlp.add_pipe("bioner_dictionary")
    dictionary.add_terms([("rash", "ADR", ["D005076"]), ("aspirin", "Drug", [])])
    return nlp


def found(document):
    return [(document.text_of(m), m.label, m.concepts, m.score) for m in document.mentions]


def test_entities_take_the_place_of_mentions(nlp):
    (document,) = annotate(nlp, [Document("A rash after aspirin.", [Mention(0, 1, "Old")], "d")])
    assert found(document) == [("rash", "ADR", ("D005076",), 1.0), ("aspirin", "Drug", (), 1.0)]
    assert document.id == "d"


def test_everything_else_of_a_document_is_kept(nlp):
    given = Document(
        "A rash.",
        [Mention(0, 1, "Old")],
        "d",
        tokens=[(0, 1), (2, 6), (6, 7)],
        sentences=[0],
        meta={"year": 2020},
        extra={"bioc": 1},
        relations=[Relation("r", ())],
        question=Question("Which?"),
    )
    (document,) = annotate(nlp, [given])
    for name in {field.name for field in fields(Document)} - {"mentions", "relations"}:
        assert getattr(given, name), f"{name} has its default: give it another value above"
        assert getattr(document, name) == getattr(given, name), name


def test_kept_mentions_stand_beside_new_ones(nlp):
    old = [Mention(0, 1, "Old", id="T1"), Mention(2, 6, "ADR", id="T2")]
    (document,) = annotate(nlp, [Document("A rash after aspirin.", old)], Selection(keep=True))
    assert document.mentions[:2] == old
    assert found(document)[2:] == [("aspirin", "Drug", (), 1.0)]


@pytest.mark.parametrize(
    ("selection", "types"),
    [
        (Selection(), "ADR|Drug"),
        (Selection(labels=("ADR",)), "ADR"),
        (Selection(keep=True), "ADR|Drug|Old|Other"),
        (Selection(keep=True, labels=("ADR",)), "ADR|Old|Other"),
    ],
)
def test_declared_types_are_those_of_the_new_mentions(nlp, selection, types):
    """A perfect pipeline is scored as such on what it wrote, and what it looked for without success is known."""
    given = [Document("A rash.", [Mention(0, 1, "Old")], meta={"annotated_types": "Old|Other", "year": 2020})]
    (document,) = annotate(nlp, given, selection)
    assert document.meta == {"annotated_types": types, "year": 2020}
    (document,) = annotate(nlp, [Document("A rash.", meta={"year": 2020})], selection)
    assert document.meta == {"year": 2020}


def test_labels_and_threshold_select(nlp):
    documents = [Document("A rash after aspirin.")]
    (document,) = annotate(nlp, documents, Selection(labels=("Drug",)))
    assert [m.label for m in document.mentions] == ["Drug"]

    def half(doc):
        doc.spans["bioner"].attrs["scores"] = [0.4, 0.9]
        return doc

    with nlp.select_pipes(disable=[]):
        spacy.Language.component("half", func=half)
        nlp.add_pipe("half")
        (document,) = annotate(nlp, documents, Selection(threshold=0.5))
        nlp.remove_pipe("half")
    assert [m.score for m in document.mentions] == [0.9]
    with pytest.raises(BionerError, match="B413"):
        Selection(threshold=1.5)


NASTY = st.text(st.sampled_from("rash aspirin\r\n\t\ufeff😀é\u2028\u00a0,.-"), max_size=60) | st.text(max_size=20)


@settings(max_examples=60)
@given(st.lists(NASTY.filter(lambda text: text.isprintable() or True), max_size=5))
def test_offsets_are_those_of_the_text_as_it_is(nlp, texts):
    texts = [f"{text} rash\r\n😀 aspirin" for text in texts if not any("\ud800" <= c <= "\udfff" for c in text)]
    for text, document in zip(texts, annotate(nlp, map(Document, texts)), strict=True):
        assert document.text == text
        assert {document.text_of(m).lower() for m in document.mentions} == {"rash", "aspirin"}


def test_tokens_of_the_document_are_kept(nlp):
    text = "A rash-like"
    assert [found(d) for d in annotate(nlp, [Document(text, tokens=[(0, 1), (2, 11)])])] == [[]]
    assert [d.text_of(d.mentions[0]) for d in annotate(nlp, [Document(text)])] == ["rash"]


def test_a_document_that_fails_is_set_aside(nlp):
    def refuse(doc):
        if "bad" in doc.text:
            raise ZeroDivisionError("bad")
        return doc

    spacy.Language.component("refuse", func=refuse)
    nlp.add_pipe("refuse")
    failures = []
    documents = [Document("rash", id="1"), Document("bad rash", id="2"), Document("aspirin", id="3")]
    try:
        kept = list(annotate(nlp, documents, failed=lambda document, err: failures.append((document.id, err))))
        with pytest.raises(ZeroDivisionError):
            list(annotate(nlp, documents))
    finally:
        nlp.remove_pipe("refuse")
    assert [d.id for d in kept] == ["1", "3"]
    assert [(name, type(err)) for name, err in failures] == [("2", ZeroDivisionError)]


def test_new_words_are_forgotten_after_their_batch(nlp, monkeypatch):
    documents = [Document(f"A rash{i} after aspirin{i % 3}. No rash.", id=str(i)) for i in range(30)]
    monkeypatch.setattr(stream, "BATCH", 5)
    monkeypatch.setattr(stream, "KEPT_WORDS", len(nlp.vocab) + 20)
    found = list(annotate(nlp, documents, forget=True))
    kept = len(nlp.vocab.strings)
    assert list(annotate(nlp, documents, forget=True)) == found
    assert len(nlp.vocab.strings) == kept
    assert found == list(annotate(nlp, documents))
    assert len(nlp.vocab.strings) > kept


def test_all_concepts_of_a_term_are_written():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR", ["D005076", "D003"])])
    (document,) = annotate(nlp, [Document("A rash.")])
    assert found(document) == [("rash", "ADR", ("D005076", "D003"), 1.0)]


def test_a_pipeline_without_entities_is_refused(nlp):
    with pytest.raises(BionerError, match="B272"):
        check_pipeline(spacy.blank("en"))
    check_pipeline(nlp, ["ADR"])
    with pytest.raises(BionerError, match="B273"):
        check_pipeline(nlp, ["Gene"])
