"""Candidate pairs, and what becomes of gold relations."""

from collections import Counter

import pytest
import spacy
from growth import best, check_growth
from spacy.tokens import Span
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.ml.pairs.pair import Entity
from spacy_bioner.pipeline.relations.candidates import Scope, candidates, entities_of, parse_pair
from spacy_bioner.pipeline.relations.gold import OUTCOMES, describe_lost, label_pairs, related_types

A, B, C = Entity(0, 1, "Gene"), Entity(2, 3, "Disease"), Entity(5, 6, "Gene")
ENTITIES = [A, B, C]
ALL = Scope((("*", "*"),))


@pytest.fixture
def doc():
    """Two sentences: A and B in the first, C in the second."""
    return spacy.tokens.Doc(spacy.vocab.Vocab(), words=list("abcdefg"), sent_starts=[1, 0, 0, 0, 1, 0, 0])


def pairs(doc, *args, **kwargs):
    return [(p.head, p.tail) for p in candidates(doc, ENTITIES, Scope(*args, **kwargs))]


def test_pairs_are_of_declared_types_in_their_order(doc):
    assert pairs(doc, (("Gene", "Disease"),)) == [(A, B)]
    assert pairs(doc, (("Disease", "Gene"),)) == [(B, A)]
    assert pairs(doc, (("Disease", "Chemical"),)) == []


def test_pairs_are_near(doc):
    types = (("Gene", "Disease"),)
    assert pairs(doc, types, 1) == [(A, B), (C, B)]
    assert pairs(doc, types, None) == [(A, B), (C, B)]
    assert [(p.start, p.end, p.sentences) for p in candidates(doc, ENTITIES, Scope(types, 1))] == [(0, 4, 0), (0, 7, 1)]


def test_a_document_without_sentences_is_one():
    doc = spacy.tokens.Doc(spacy.vocab.Vocab(), words=list("abcdefg"))
    assert pairs(doc, (("Gene", "Disease"),)) == [(A, B), (C, B)]


def test_direction(doc):
    assert pairs(doc, (("Gene", "Gene"),), 1) == [(A, C), (C, A)]
    assert pairs(doc, (("Gene", "Gene"),), 1, False) == [(A, C)]
    assert pairs(doc, (("*", "*"),), 1, False) == [(A, B), (A, C), (B, C)]
    assert pairs(doc, (("Disease", "Gene"),), 1, False) == [(B, A), (B, C)]


def test_what_overlaps_is_no_pair(doc):
    assert candidates(doc, [Entity(0, 2, "Gene"), Entity(1, 3, "Gene")], ALL) == []


@pytest.mark.parametrize("text", ["", "Gene", "Gene ->", "-> Disease", "A -> B -> C"])
def test_pair_types_that_are_none(text):
    with pytest.raises(BionerError, match="B431"):
        parse_pair(text)
    assert parse_pair(" Gene->Disease ") == ("Gene", "Disease")


def test_a_distance_below_nothing():
    with pytest.raises(BionerError, match="B432"):
        Scope((), -1)


TEXT = "aspirin caused asthma and rash. The fever went on."
MENTIONS = [
    Mention(0, 7, "Drug", id="T1", concepts=("D1",)),
    Mention(15, 21, "Effect", id="T2", concepts=("E2",)),
    Mention(26, 30, "Effect", id="T3", concepts=("E2", "E3")),
    Mention(36, 41, "Effect", id="T4", concepts=("E4",)),
]


def outcomes(relations, scope=Scope((("Drug", "Effect"),)), entities=slice(None)):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_sentences")
    reference = to_doc(Document(TEXT, MENTIONS, relations=relations), nlp)
    predicted = nlp(TEXT)
    predicted.set_ents([Span(predicted, e.start, e.end, e.label_) for e in reference.ents[entities]])
    example = Example(predicted, reference)
    counts = Counter()
    found = entities_of(predicted)
    of_pairs = candidates(predicted, found, scope)
    labels = label_pairs(example, of_pairs, found, scope, counts)
    named = {(p.head.start, p.tail.start): label for p, label in zip(of_pairs, labels, strict=True) if label}
    assert sum(counts[key] for key in OUTCOMES) == counts["relations"] == len(relations)
    return named, {key: counts[key] for key in OUTCOMES if counts[key]}


def relation(*ends, label="causes", **kwargs):
    return Relation(label, tuple((f"Arg{i}", end) for i, end in enumerate(ends, 1)), **kwargs)


def test_gold_relations_label_candidates():
    assert outcomes([relation("T1", "T3")]) == ({(0, 4): "causes"}, {"candidates": 1})


def test_what_is_no_candidate_is_counted():
    assert outcomes([relation("T1", "T4")]) == ({}, {"cross_sentence": 1})
    assert outcomes([relation("T2", "T1")]) == ({}, {"other_types": 1})
    assert outcomes([relation("T1", "T2", "T3")]) == ({}, {"not_binary": 1})
    assert outcomes([relation("T1", "T9")]) == ({}, {"not_found": 1})
    assert outcomes([relation("T1", "T2")], entities=slice(1, None)) == ({}, {"not_found": 1})
    both = [relation("T1", "T2"), relation("T1", "T2", label="cures")]
    assert outcomes(both) == ({(0, 2): "causes"}, {"candidates": 1, "second_label": 1})


def test_without_direction_either_order_is_gold():
    scope = Scope((("Drug", "Effect"),), directed=False)
    assert outcomes([relation("T2", "T1")], scope) == ({(0, 2): "causes"}, {"candidates": 1})


def test_relations_of_concepts_are_stated_by_all_pairs_in_scope():
    """E2 stands twice in the sentence of the drug; E4 only in another one; E9 nowhere."""
    assert outcomes([relation("D1", "E2", of_concepts=True)]) == (
        {(0, 2): "causes", (0, 4): "causes"},
        {"candidates": 1},
    )
    assert outcomes([relation("D1", "E4", of_concepts=True)]) == ({}, {"cross_sentence": 1})
    assert outcomes([relation("D1", "E9", of_concepts=True)]) == ({}, {"not_found": 1})


def test_types_and_labels_of_the_data():
    nlp = spacy.blank("en")
    reference = to_doc(
        Document(TEXT, MENTIONS, relations=[relation("T1", "T2"), relation("D1", "E2", of_concepts=True)]), nlp
    )
    types, labels = related_types([Example(nlp.make_doc(TEXT), reference)])
    assert (types, labels) == ({("Drug", "Effect"): 3}, {"causes": 2})


def test_words_for_the_outcomes():
    assert describe_lost(Counter()) == "none"
    assert describe_lost(Counter(candidates=2, not_binary=1)) == "2 among the candidates, 1 of other than two mentions"


def test_time_grows_with_the_length_of_a_document():
    """Not with its square, where pairs stand in one sentence."""

    def seconds(sentences):
        doc = spacy.tokens.Doc(spacy.vocab.Vocab(), words=["w"] * 10 * sentences, sent_starts=[1, *[0] * 9] * sentences)
        entities = [Entity(i, i + 1, "X") for i in range(0, len(doc), 5)]
        return best(lambda of: candidates(doc, of, ALL), entities)

    check_growth(seconds, 1000)
