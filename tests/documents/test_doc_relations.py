"""Relations on a Doc: what they survive, and how they become those of a Document and back."""

import copy
import pickle

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bioner.documents.alignment import from_doc, to_doc
from spacy_bioner.documents.doc_relations import (
    RELATIONS_KEY,
    RelationSpans,
    get_relations,
    register_extension,
    set_relations,
)
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.documents.gold import get_gold
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import read, write

TEXT = "Aspirin caused asthma and naloxone did not."
MENTIONS = [Mention(0, 7, "Drug", id="T1"), Mention(15, 21, "Effect", id="T2"), Mention(26, 34, "Drug", id="T3")]
CAUSES = Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")), "R7")
DOCUMENT = Document(TEXT, MENTIONS, "d", relations=[CAUSES])


def plain(doc):
    return [(r.head.text, r.tail.text, r.label, r.score, r.id) for r in doc._.relations]


@pytest.fixture
def doc():
    doc = spacy.blank("en")(TEXT)
    doc.set_ents([Span(doc, 0, 1, "Drug"), Span(doc, 2, 3, "Effect"), Span(doc, 4, 5, "Drug")])
    set_relations(
        doc, [RelationSpans(doc[0:1], doc[2:3], "causes", 0.75), RelationSpans(doc[4:5], doc[2:3], "cures", 0.5, "R1")]
    )
    return doc


EXPECTED = [("Aspirin", "asthma", "causes", 0.75, "R2"), ("naloxone", "asthma", "cures", 0.5, "R1")]


def through_docbin(doc):
    docs = DocBin(store_user_data=True)
    docs.add(doc)
    return next(DocBin().from_bytes(docs.to_bytes()).get_docs(Vocab()))


@pytest.mark.parametrize(
    "travel",
    [
        lambda doc: doc,
        lambda doc: Doc(doc.vocab).from_bytes(doc.to_bytes()),
        through_docbin,
        lambda doc: pickle.loads(pickle.dumps(doc)),
        lambda doc: doc.copy(),
        lambda doc: copy.deepcopy(doc),
        lambda doc: Example(doc.copy(), doc).reference,
    ],
    ids=["itself", "bytes", "DocBin", "pickle", "copy", "deepcopy", "Example"],
)
def test_they_survive(doc, travel):
    assert plain(travel(doc)) == EXPECTED


def test_a_doc_of_docs_has_them_without_scores(doc):
    joined = Doc.from_docs([doc, doc])
    assert [one[:4] for one in plain(joined)] == [(*one[:3], None) for one in EXPECTED * 2]
    assert joined._.relations[2].head.start == len(doc)


def test_a_doc_of_docs_has_ids_of_its_own(doc, tmp_path):
    """Each Doc counts its relations from R1; a file holds only one of an id."""
    joined = Doc.from_docs([doc, doc, doc])
    first = [one.id for one in doc._.relations]
    ids = [one.id for one in joined._.relations]
    assert ids[: len(first)] == first
    assert len(set(ids)) == len(ids) == 3 * len(first)
    document = from_doc(joined, gold=False)
    write([document], tmp_path / "x.jsonl")
    (again,) = read(tmp_path / "x.jsonl")
    assert again.relations == document.relations
    assert len(again.relations) == len(ids)


@Language.component("test_relate_first_and_last")
def relate_first_and_last(doc):
    set_relations(doc, [RelationSpans(doc[:1], doc[-1:], "far", len(doc) / 10)])
    return doc


def test_they_come_back_from_other_processes():
    nlp = spacy.blank("en")
    nlp.add_pipe("test_relate_first_and_last")
    found = [plain(doc) for doc in nlp.pipe(["a b", "a b c"], n_process=2, batch_size=1)]
    assert found == [[("a", "b", "far", 0.2, "R1")], [("a", "c", "far", 0.3, "R1")]]


def test_the_extension_is_registered_once_and_stores_nothing_of_its_own(doc):
    register_extension()
    register_extension()
    doc._.relations = doc._.relations[:1]
    assert plain(doc) == EXPECTED[:1]
    assert not doc.user_data


def test_none_removes_the_group(doc):
    set_relations(doc, [])
    assert doc._.relations == []
    assert RELATIONS_KEY not in doc.spans


@pytest.mark.parametrize(
    "spans", [[(0, 1, "a", "R1")], [(0, 1, "a", "R1"), (2, 3, "b", "R1")], [(0, 1, "a", "R1"), (2, 3, "a", "R2")]]
)
def test_a_group_that_holds_no_pairs_is_told(doc, spans):
    group = [Span(doc, start, end, label=label, span_id=name) for start, end, label, name in spans]
    doc.spans[RELATIONS_KEY] = SpanGroup(doc, spans=group)
    with pytest.raises(BionerError, match="B430"):
        get_relations(doc)


def test_a_document_goes_to_a_doc_and_back():
    doc = to_doc(DOCUMENT, spacy.blank("en"))
    assert plain(doc) == [("Aspirin", "asthma", "causes", None, "R7")]
    for one in (doc, through_docbin(doc)):
        back = from_doc(one)
        assert (back.mentions, back.relations) == (MENTIONS, [CAUSES])


def test_what_a_pipeline_wrote_becomes_a_document(doc):
    found = from_doc(doc, gold=False)
    assert [mention.id for mention in found.mentions] == ["T1", "T2", "T3"]
    assert found.relations == [
        Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")), "R2", 0.75),
        Relation("cures", (("Arg1", "T3"), ("Arg2", "T2")), "R1", 0.5),
    ]
    assert get_gold(doc).relations == found.relations  # a Doc annotated by hand is gold too


def test_a_relation_without_its_mention_is_left_out(doc):
    doc.set_ents([doc.ents[0], doc.ents[1]])
    assert [one.label for one in from_doc(doc, gold=False).relations] == ["causes"]


@pytest.mark.parametrize(
    "relation",
    [
        Relation("causes", (("Arg1", "T1"),)),
        Relation("causes", (("a", "T1"), ("b", "T2"), ("c", "T3"))),
        Relation("causes", (("Arg1", "T1"), ("Arg2", "T9"))),
        Relation("causes", (("Arg1", "C1"), ("Arg2", "C2")), of_concepts=True),
    ],
    ids=["one", "three", "unknown", "concepts"],
)
def test_what_a_group_cannot_hold_stays_in_the_gold(relation):
    doc = to_doc(Document(TEXT, MENTIONS, relations=[relation]), spacy.blank("en"))
    assert doc._.relations == []
    assert get_gold(doc).relations == [relation]
