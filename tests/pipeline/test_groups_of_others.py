"""Span groups that other code writes or names: spaCy's spancat, functions that append spans, a group of one's own."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example

from spacy_bioner.documents.doc_mentions import predicted_mentions, span_scores
from spacy_bioner.documents.document import Mention
from spacy_bioner.documents.gold import set_gold
from spacy_bioner.pipeline.set_entities import annotate

WORDS = ["aspirin", "cured", "asthma", "and", "caused", "a", "rash"]


@pytest.fixture
def doc():
    return Doc(spacy.blank("en").vocab, words=WORDS)


def group(doc, scores):
    spans = [Span(doc, 0, 1, "Drug"), Span(doc, 2, 3, "ADR"), Span(doc, 6, 7, "ADR")]
    doc.spans["others"] = SpanGroup(doc, name="others", spans=spans, attrs={} if scores is None else {"scores": scores})
    return doc


@pytest.mark.parametrize(
    ("held", "scores"),
    [
        (None, [1.0, 1.0, 1.0]),
        ([], [1.0, 1.0, 1.0]),
        ([0.5, 0.25], [0.5, 0.25, 1.0]),
        (np.array([0.5, 0.25, 0.75], dtype="f"), [0.5, 0.25, 0.75]),
    ],
)
def test_scores_of_any_group(doc, held, scores):
    found = span_scores(group(doc, held).spans["others"])
    assert found == scores
    assert all(type(score) is float for score in found)
    assert span_scores(()) == []


@pytest.mark.parametrize("held", [None, [0.5, 0.25], np.array([0.5, 0.25, 0.75])])
@pytest.mark.parametrize(
    ("factory", "settings"),
    [
        ("bioner_merge", {"parts": ["others"], "threshold": 0.0}),
        ("bioner_linker", {"spans_key": "others"}),
        ("bioner_agreement", {"spans_key": "others"}),
    ],
)
def test_components_read_the_group_of_another_library(factory, settings, held):
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe(factory, config=settings)
    if factory == "bioner_linker":
        pipe.add_names([("aspirin", "Drug", "D1")])
    doc = group(Doc(nlp.vocab, words=WORDS), held)
    doc.set_ents([span for span in doc.spans["others"] if span.text != "asthma"])
    doc = pipe(doc)
    written = doc.spans["bioner" if factory == "bioner_merge" else "others"]
    assert len(written) == 3
    assert span_scores(written)[:2] == ([1.0, 1.0] if held is None else [0.5, 0.25])
    first, *_ = predicted_mentions(doc, written.name)
    assert first.score == (None if held is None and factory == "bioner_agreement" else span_scores(written)[0])


def test_a_span_that_other_code_appends_moves_no_score(doc):
    annotate(doc, [Span(doc, 0, 1, "Drug")], [0.5])
    doc.spans["bioner"].append(Span(doc, 1, 2, "Verb"))
    annotate(doc, [Span(doc, 2, 3, "ADR")], [0.25])
    assert [span.text for span in doc.spans["bioner"]] == ["aspirin", "cured", "asthma"]
    assert span_scores(doc.spans["bioner"]) == [0.5, 1.0, 0.25]


FACTORIES = {
    "bioner_tagger": {},
    "bioner_crf": {},
    "bioner_dictionary": {},
    "bioner_coordination": {},
    "bioner_agreement": {},
    "bioner_merge": {"parts": ["a"]},
    "bioner_linker": {},
}


@pytest.mark.parametrize("factory", FACTORIES)
def test_the_scorer_reads_the_group_of_its_component(factory):
    """Two mentions that overlap: doc.ents has one, the group both."""
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe(factory, config={**FACTORIES[factory], "spans_key": "mine"})
    reference, predicted = Doc(nlp.vocab, words=WORDS), Doc(nlp.vocab, words=WORDS)
    set_gold(reference, [Mention(0, 20, "ADR", concepts=("D1",)), Mention(14, 20, "ADR", concepts=("D2",))])
    whole = [([(0, 3)], "ADR", 1.0), ([(2, 3)], "ADR", 1.0)]
    annotate(predicted, [], whole=whole, spans_key="mine")
    predicted.set_ents([Span(predicted, 2, 3, "ADR", kb_id="D2")])
    example = Example(predicted, reference)
    # Of the mention that only the group has, the linker set no concept.
    name, own, default = ("concepts_acc", 0.5, 1.0) if factory == "bioner_linker" else ("ents_r", 1.0, 0.5)
    assert pipe.score([example])[name] == own
    assert pipe.score([example], spans_key="bioner")[name] == default


def test_a_scorer_with_a_group_of_its_own_keeps_it():
    nlp = spacy.blank("en")
    scorer = {"@scorers": "spacy-bioner.exact_span_scorer.v1", "spans_key": "other"}
    pipe = nlp.add_pipe("bioner_tagger", config={"spans_key": "mine", "scorer": scorer})
    reference, predicted = Doc(nlp.vocab, words=WORDS), Doc(nlp.vocab, words=WORDS)
    set_gold(reference, [Mention(0, 20, "ADR"), Mention(14, 20, "ADR")])
    annotate(predicted, [], whole=[([(0, 3)], "ADR", 1.0), ([(2, 3)], "ADR", 1.0)], spans_key="other")
    assert pipe.score([Example(predicted, reference)])["ents_f"] == 1.0
