"""Scores of relations, between mentions and between concepts."""

import pytest
import spacy
from spacy.tokens import Span
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.pipeline.relations.scorer import NAMES, relation_scores

TEXT = "aspirin and aspirin caused asthma"
MENTIONS = [
    Mention(0, 7, "Drug", id="T1", concepts=("D1",)),
    Mention(12, 19, "Drug", id="T2", concepts=("D1", "D2")),
    Mention(27, 33, "Effect", id="T3", concepts=("E1",)),
]


def relation(*ends, label="causes", **kwargs):
    return Relation(label, tuple((f"Arg{i}", end) for i, end in enumerate(ends, 1)), **kwargs)


def scores(gold, found, **kwargs):
    """``found``: first tokens of head and tail, and the label; entities are the gold ones."""
    nlp = spacy.blank("en")
    reference = to_doc(Document(TEXT, MENTIONS, relations=gold), nlp)
    predicted = nlp(TEXT)
    predicted.set_ents([Span(predicted, e.start, e.end, e.label_) for e in reference.ents])
    spans = [RelationSpans(predicted[a : a + 1], predicted[b : b + 1], label, 0.5) for a, b, label in found]
    set_relations(predicted, spans)
    return relation_scores([Example(predicted, reference)], **kwargs)


def counts(*args, **kwargs):
    return tuple(scores(*args, **kwargs)["relations_counts"].values())  # tp, fp, fn


def test_label_and_both_mentions_count():
    gold = [relation("T1", "T3")]
    assert counts(gold, [(0, 4, "causes")]) == (1, 0, 0)
    assert counts(gold, [(0, 4, "cures")]) == (0, 1, 1)
    assert counts(gold, [(2, 4, "causes")]) == (0, 1, 1)
    assert counts(gold, []) == (0, 0, 1)


def test_direction():
    gold = [relation("T3", "T1")]
    assert counts(gold, [(0, 4, "causes")]) == (0, 1, 1)
    assert counts(gold, [(0, 4, "causes")], directed=False) == (1, 0, 0)


def test_by_class():
    gold = [relation("T1", "T3"), relation("T2", "T3", label="cures")]
    result = scores(gold, [(0, 4, "causes"), (2, 4, "causes")])
    assert (result["relations_p"], result["relations_r"], result["relations_f"]) == (0.5, 0.5, 0.5)
    assert result["relations_per_type"] == {
        "causes": {"p": 0.5, "r": 1.0, "f": pytest.approx(2 / 3), "tp": 1, "fp": 1, "fn": 0},
        "cures": {"p": 0.0, "r": 0.0, "f": 0.0, "tp": 0, "fp": 0, "fn": 1},
    }


def test_relations_of_concepts_count_once():
    gold = [relation("D1", "E1", of_concepts=True)]
    assert counts(gold, [(0, 4, "causes"), (2, 4, "causes")]) == (1, 0, 0)
    assert counts([relation("D2", "E1", of_concepts=True)], [(2, 4, "causes")]) == (1, 0, 0)
    assert counts([relation("D2", "E1", of_concepts=True)], [(0, 4, "causes")]) == (0, 1, 1)


def test_a_relation_of_three_is_missed():
    assert counts([relation("T1", "T2", "T3")], [(0, 2, "causes")]) == (0, 1, 1)


def test_a_document_may_have_relations_of_both_kinds():
    gold = [relation("D1", "E1", of_concepts=True), relation("T2", "T1", label="repeats")]
    assert counts(gold, [(0, 4, "causes"), (2, 0, "repeats")]) == (2, 0, 0)


def test_without_gold_there_is_no_score():
    assert scores([], [(0, 4, "causes")]) == dict.fromkeys(NAMES)
