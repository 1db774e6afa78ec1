"""Relations that a component found reach the files: brat, BioC, PubTator, JSON lines."""

import pytest
import spacy
from spacy.language import Language

from spacy_bioner.corpus.annotation.stream import Selection, annotate
from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.documents.document import Relation
from spacy_bioner.formats import Document, Mention, ProblemLog, read, write


@Language.component("test_relate_entities")
def relate_entities(doc):
    ends = doc.ents
    set_relations(doc, [RelationSpans(a, b, "causes", 0.5) for a in ends for b in ends if a.label_ < b.label_])
    return doc


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    dictionary = nlp.add_pipe("bioner_dictionary")
    dictionary.add_terms([("rash", "Disease", ["D005076"]), ("aspirin", "Chemical", ["D001241"])])
    nlp.add_pipe("test_relate_entities")
    return nlp


TEXT = "A rash after aspirin."


def test_they_come_with_ids_and_scores(nlp):
    (document,) = annotate(nlp, [Document(TEXT, id="1")])
    assert [(m.id, document.text_of(m)) for m in document.mentions] == [("T2", "rash"), ("T1", "aspirin")]
    assert document.relations == [Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")), "R1", 0.5)]


def test_without_one_of_its_mentions_a_relation_is_not_taken(nlp):
    (document,) = annotate(nlp, [Document(TEXT, id="1")], Selection(labels=("Disease",)))
    assert document.relations == []


def test_kept_relations_stand_beside_new_ones(nlp):
    mentions = [Mention(2, 6, "Disease", id="T1"), Mention(13, 20, "Chemical", id="T7")]
    old = [Relation("treats", (("Arg1", "T7"), ("Arg2", "T1")), "R1")]
    (document,) = annotate(nlp, [Document(TEXT, mentions, "1", relations=old)], Selection(keep=True))
    new = Relation("causes", (("Arg1", "T7"), ("Arg2", "T1")), "R2", 0.5)
    assert (document.mentions, document.relations) == (mentions, [*old, new])
    (again,) = annotate(nlp, [document], Selection(keep=True))
    assert again.relations == document.relations


@pytest.mark.parametrize("name", ["x.zip", "x.bioc.xml", "x.bioc.json", "x.jsonl", "x.pubtator"])
def test_files_hold_them(nlp, tmp_path, name):
    write(annotate(nlp, [Document(TEXT, id="1")]), tmp_path / name)
    (document,) = read(tmp_path / name, report=ProblemLog("error"))
    (relation,) = document.relations
    by_id = {m.id: document.text_of(m) for m in document.mentions}
    by_id |= {concept: document.text_of(m) for m in document.mentions for concept in m.concepts}
    assert relation.label == "causes"
    assert [by_id[target] for _, target in relation.arguments] == ["aspirin", "rash"]
