"""``bioner_agreement``: labels, unmarked places and rare marks of a form; what else is on the Doc stays."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from spacy_bioner.documents.doc_mentions import mentions
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.agreement.forms import Groups, find_forms, fold
from spacy_bioner.pipeline.set_entities import annotate

NLP = spacy.blank("en")
RENAL = "Renal failure ( RF ) is bad . RF kills ; renal failure , too . RF again"


def agree(text, spans, scores, **settings):
    """The entities of a text, and their scores in the group, after the component."""
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_agreement", config=settings)
    doc = Doc(nlp.vocab, words=text.split())
    annotate(doc, [Span(doc, *span) for span in spans], scores)
    return pipe(doc)


def ents(doc):
    return [(ent.start, ent.text, ent.label_) for ent in doc.ents]


def group(doc):
    spans = doc.spans["bioner"]
    return [(s.start, s.label_, round(p, 3)) for s, p in zip(spans, spans.attrs["scores"], strict=True)]


def test_the_label_with_the_highest_sum_of_scores_wins():
    text = "asthma or Asthma or asthma"
    doc = agree(text, [(0, 1, "A"), (2, 3, "B"), (4, 5, "A")], [0.4, 0.9, 0.4])
    assert ents(doc) == [(0, "asthma", "B"), (2, "Asthma", "B"), (4, "asthma", "B")]
    assert group(doc) == [(0, "B", 0.4), (2, "B", 0.9), (4, "B", 0.4)]
    kept = agree(text, [(0, 1, "A"), (2, 3, "B"), (4, 5, "A")], [0.4, 0.9, 0.4], relabel=False)
    assert [label for *_, label in ents(kept)] == ["A", "B", "A"]


@pytest.mark.parametrize("together", [True, False])
def test_an_abbreviation_has_the_label_of_its_long_form(together):
    doc = agree(RENAL, [(0, 2, "D"), (3, 4, "C")], [0.9, 0.8], abbreviations=together)
    assert [label for *_, label in ents(doc)] == ["D", "D" if together else "C"]


def test_a_form_is_spread_if_it_is_marked_often_enough():
    marked = [(0, 2, "D"), (8, 9, "D")]
    assert len(ents(agree(RENAL, marked, [0.9, 0.6]))) == 2
    doc = agree(RENAL, marked, [0.9, 0.6], spread=0.3, shortest=2)
    assert [start for start, *_ in ents(doc)] == [0, 3, 8, 11, 16]
    assert group(doc)[2:] == [(3, "D", 0.3), (11, "D", 0.3), (16, "D", 0.3)]
    assert len(ents(agree(RENAL, marked, [0.9, 0.6], spread=0.31, shortest=2))) == 2


def test_a_short_form_that_was_never_found_is_spread_too():
    doc = agree(RENAL, [(0, 2, "D")], [1.0], spread=0.1, shortest=2)
    assert [start for start, *_ in ents(doc)] == [0, 3, 8, 11, 16]
    assert [start for start, *_ in ents(agree(RENAL, [(0, 2, "D")], [1.0], spread=0.1))] == [0, 11]


def test_a_form_that_is_mostly_unmarked_is_dropped():
    text = "rash and rash and rash and fever"
    spans = [(0, 1, "A"), (6, 7, "A")]
    assert ents(agree(text, spans, [0.6, 0.6], drop=0.3)) == [(6, "fever", "A")]
    assert len(ents(agree(text, spans, [0.9, 0.6], drop=0.3))) == 2


def test_what_is_inside_another_mention_is_no_place_of_a_form():
    text = "failure of renal failure , renal failure"
    doc = agree(text, [(0, 1, "A"), (2, 4, "A")], [0.9, 0.9], spread=0.4)
    assert [start for start, *_ in ents(doc)] == [0, 2, 5]


def test_mentions_in_several_parts_stay_whole():
    doc = Doc(NLP.vocab, words=["renal", "and", "hepatic", "failure", ",", "hepatic", "failure", ",", "renal"])
    parts = [([(0, 1), (3, 4)], "D", 0.8)]
    annotate(doc, [Span(doc, 5, 7, "D")], [0.9], whole=parts)
    before = [(one.text, one.label) for one in mentions(doc)]
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_agreement", config={"spread": 0.1, "drop": 0.05})(doc)
    assert [(one.text, one.label) for one in mentions(doc)] == before


def test_concepts_move_with_the_label_and_go_to_new_places():
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_agreement", config={"spread": 0.2})
    doc = Doc(nlp.vocab, words=["asthma", "and", "asthma", "and", "asthma"])
    annotate(doc, [Span(doc, 0, 1, "A", kb_id="D1"), Span(doc, 2, 3, "B", kb_id="D2")], [0.9, 0.5])
    assert [(ent.label_, ent.kb_id_) for ent in pipe(doc).ents] == [("A", "D1"), ("A", "D1"), ("A", "D1")]
    assert [(span.start, span.label_, span.kb_id_) for span in doc.spans["bioner"]] == [
        (0, "A", "D1"),
        (2, "A", "D1"),
        (4, "A", "D1"),
    ]


def test_all_concepts_of_a_composite_mention_go_to_new_places():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("LFS1", "Disease", ["D1", "D2"])])
    doc = nlp("LFS1 or lfs1")
    pipe = nlp.add_pipe("bioner_agreement", config={"spread": 0.2})
    doc.set_ents([doc.ents[0]])
    assert {mention.concepts for mention in mentions(pipe(doc))} == {("D1", "D2")}


def test_entities_of_a_recogniser_without_scores():
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "A", "pattern": "Asthma"}])
    nlp.add_pipe("bioner_agreement", config={"spread": 0.5})
    doc = nlp("Asthma is asthma")
    assert ents(doc) == [(0, "Asthma", "A"), (2, "asthma", "A")]
    assert group(doc) == [(0, "A", 1.0), (2, "A", 0.5)]


def test_nothing_to_do_leaves_the_doc_as_it_was():
    doc = agree("no mention here", [], [])
    assert ents(doc) == []
    assert not doc.spans.get("bioner")


def test_a_drop_above_spread_is_refused():
    with pytest.raises(BionerError, match=r"B747.*drop = 0.5.*spread = 0.4"):
        NLP.create_pipe("bioner_agreement", config={"drop": 0.5, "spread": 0.4})


@pytest.mark.parametrize(("word", "folded"), [("Heart", "heart"), ("AIDS", "AIDS"), ("mRNA", "mRNA"), ("A", "a")])
def test_only_a_capital_at_the_start_is_folded(word, folded):
    assert fold(word) == folded


WORDS = st.lists(st.sampled_from("abc"), max_size=12)
FORMS = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple), max_size=4)


@given(WORDS, FORMS)
def test_forms_are_found_wherever_they_are(words, forms):
    everywhere = [(i, j) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
    assert find_forms(words, forms) == [place for place in everywhere if tuple(words[slice(*place)]) in forms]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=8))
def test_groups_are_those_of_connected_forms(pairs):
    groups = Groups()
    connected = {name: {name} for name in "abcdef"}
    for one, other in pairs:
        groups.join((one,), (other,))
        both = connected[one] | connected[other]
        for name in both:
            connected[name] = both
    for one in "abcdef":
        for other in "abcdef":
            assert (groups.of((one,)) == groups.of((other,))) == (other in connected[one])
    assert {form[0] for form in groups.forms} == {name for pair in pairs for name in pair}
