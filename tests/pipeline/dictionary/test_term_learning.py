import pytest
import spacy
from spacy.tokens import Span

from spacy_bioner.documents.declared_types import declare_types
from spacy_bioner.documents.document import Mention
from spacy_bioner.documents.gold import set_gold
from spacy_bioner.normalise import Normaliser
from spacy_bioner.pipeline.dictionary.hash_index import HashIndex
from spacy_bioner.pipeline.dictionary.term_finder import TermFinder
from spacy_bioner.pipeline.dictionary.term_learning import gold_terms, labels_without_gold, prune_terms
from spacy_bioner.pipeline.dictionary.terms import Term

NLP = spacy.blank("en")


def annotated(text, *mentions, label="Disease"):
    """A Doc whose ents are the mentions, each at its first place."""
    doc = NLP(text)
    doc.set_ents([doc.char_span(text.index(m), text.index(m) + len(m), label=label) for m in mentions])
    return doc


def prune(references, threshold=0.5, extra=(), leave_out=True):
    terms = [*gold_terms(references), *extra]
    finder = TermFinder(terms, Normaliser(case_length=4), lambda key, term: bool(key), HashIndex)
    return prune_terms(finder.table, references, finder.find(references), threshold, leave_out=leave_out)


def names(terms):
    return [term.term for term in terms]


def test_gold_terms_are_counted():
    docs = [annotated("fever and rash", "fever", "rash"), annotated("Fever , fever", "fever")]
    docs[1].set_ents([Span(docs[1], 2, 3, "Disease", kb_id="D1")])
    docs[0].set_ents([Span(docs[0], 0, 1, "Disease", kb_id="D1"), Span(docs[0], 2, 3, "Finding")])
    assert gold_terms(docs) == [Term("fever", "Disease", "D1", 2), Term("rash", "Finding")]


def test_gold_terms_have_all_concepts_of_composite_and_nested_mentions():
    doc = annotated("breast and ovarian cancer", "breast and ovarian cancer")
    set_gold(
        doc,
        [
            Mention(0, 25, "Disease", concepts=("D001943", "D010051")),
            Mention(11, 25, "Disease", concepts=("D010051",)),
            Mention(11, 25, "Disease", concepts=("D010051", "D9")),
        ],
    )
    assert gold_terms([doc]) == [
        Term("breast and ovarian cancer", "Disease", "D001943|D010051"),
        Term("ovarian cancer", "Disease", "D010051|D9"),
    ]


def test_labels_that_no_gold_mention_has_are_named():
    docs = [annotated("fever and rash", "fever"), annotated("aspirin", "aspirin", label="Drug")]
    assert labels_without_gold(["Disease", "Drug"], docs) == {}
    assert labels_without_gold(["disease", "Drug"], docs) == {"labels": "disease", "known": "Disease, Drug"}
    ids = [f"D{number}" for number in range(2005)]
    assert labels_without_gold(ids, docs)["labels"] == "D0, D1, D10, D100, D1000 and 2,000 more"
    assert labels_without_gold(ids, [NLP("never annotated")]) == {}


def test_gold_that_does_not_fit_into_ents_counts_too():
    doc = annotated("breast and ovarian cancer", "ovarian cancer")
    spans = [(11, 25, "Disease"), (19, 25, "Disease"), (0, 25, "Disease", ((0, 6), (19, 25)))]
    set_gold(doc, [Mention(*span) for span in spans])
    assert names(gold_terms([doc])) == ["ovarian cancer", "cancer"]
    assert gold_terms([NLP("never annotated")]) == []


def test_terms_that_are_mostly_no_entities_go():
    docs = [
        annotated("the tumor grew", "tumor"),
        annotated("tumor suppressor gene"),
        annotated("tumor marker"),
        annotated("a tumor volume"),
        annotated("fever", "fever"),
    ]
    assert names(prune(docs)) == ["fever"]
    assert names(prune(docs[:2])) == ["tumor"]  # its one gold mention is taken for granted: (0 + 1) / (1 + 1)
    assert prune(docs[:2], threshold=0.0)[0].score == 0.5


def test_a_long_term_of_one_document_does_not_hide_a_short_one():
    docs = [annotated(f"{organ} cancer", f"{organ} cancer") for organ in ("breast", "colon", "lung")]
    docs.append(annotated("a cancer", "cancer"))
    assert "cancer" not in names(prune(docs))
    assert "cancer" in names(prune(docs, leave_out=False))
    # Said twice, in two documents, they are known, and hide it.
    assert "cancer" in names(prune(docs + docs[:3]))


def test_dropping_a_term_uncovers_another():
    # "acid reflux" is never gold, and hides "acid", which is never gold either.
    docs = [annotated("acid reflux test", "test")] * 4
    lexicon = [Term("acid", "Disease"), Term("acid reflux", "Disease")]
    assert names(prune(docs, extra=lexicon)) == ["test"]


def test_labels_that_the_text_does_not_annotate_are_left_alone():
    docs = [annotated("aspirin for fever", "fever")] * 5
    terms = prune(docs, extra=[Term("aspirin", "Chemical"), Term("for", "Disease")])
    assert {term.term: term.score for term in terms} == {"aspirin": 1.0, "fever": 1.0}


def test_texts_whose_annotators_did_not_look_for_a_type_do_not_count():
    other = [annotated("BRCA1 and fever", "BRCA1", label="Gene") for _ in range(5)]
    docs = [annotated("fever", "fever"), annotated("a fever", "fever"), *other]
    assert "fever" not in names(prune(docs))
    for doc in other:
        declare_types(doc, ["Gene"])
    assert "fever" in names(prune(docs))


def test_the_score_is_the_share_under_the_label():
    docs = [annotated("cold", "cold"), annotated("cold", "cold"), annotated("cold", "cold", label="Finding")]
    scores = {term.label: term.score for term in prune([*docs, annotated("cold")])}
    # Of four matches two are Disease and one is Finding; in the one Doc where it is, Finding is not known yet.
    assert scores == {"Disease": pytest.approx(3 / 5), "Finding": pytest.approx(1 / 4)}


def test_tokens_and_texts_of_which_the_gold_says_nothing_do_not_count():
    partly = annotated("fever and fever", "fever")
    partly.set_ents(list(partly.ents), missing=[partly[1:3]], default="outside")
    docs = [annotated("fever", "fever"), partly, NLP("fever fever fever fever")]
    assert [(term.term, term.score) for term in prune(docs)] == [("fever", 1.0)]
