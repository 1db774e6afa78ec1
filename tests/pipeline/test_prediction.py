"""What becomes of a prediction on its Doc: entities, mentions with an id, and candidates of the span group."""

import pytest
import spacy
from spacy.tokens import Doc

from spacy_bioner import mentions
from spacy_bioner.pipeline.prediction import Prediction, Writing, without_space

SPANS = [(0, 1, "Drug", 0.4), (2, 3, "Disease", 0.9), (3, 4, "Disease", 0.45)]
PLACES = {
    "spans": lambda: Prediction(list(SPANS)),
    "whole": lambda: Prediction(whole=[(((start, end),), label, score) for start, end, label, score in SPANS]),
    "both": lambda: Prediction(SPANS[:1], [(((start, end),), label, score) for start, end, label, score in SPANS[1:]]),
    "alternatives": lambda: Prediction(SPANS[1:2], alternatives=[SPANS[0], SPANS[2]]),
}


def written(found, threshold):
    doc = Doc(spacy.blank("en").vocab, words=["Aspirin", "treats", "asthma", "badly"])
    Writing("bioner", "keep", "cover", threshold)(doc, found)
    group = doc.spans["bioner"]
    scored = zip(group, group.attrs["scores"], strict=True)
    return doc, sorted((span.start, span.end, span.label_, score) for span, score in scored)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_below_the_threshold_stays_a_candidate(place):
    doc, group = written(PLACES[place](), 0.5)
    assert group == SPANS
    assert [(mention.text, mention.score) for mention in mentions(doc)] == [("asthma", 0.9)]
    assert [span.id_ for span in doc.spans["bioner"] if span.label_ == "Drug"] == [""]
    doc, group = written(PLACES[place](), 0.95)
    assert (group, mentions(doc)) == (SPANS, [])


def test_of_mentions_in_several_parts_no_candidates_are_left():
    found = Prediction(whole=[(((0, 1), (2, 3)), "Drug", 0.4), (((2, 3),), "Disease", 0.3)])
    doc, group = written(found, 0.0)
    assert len(mentions(doc)) == 2
    assert len(group) == 3
    doc, group = written(found, 0.5)
    assert (group, mentions(doc)) == ([(2, 3, "Disease", 0.3)], [])


def test_a_candidate_in_two_lists_is_written_once():
    one = (0, 1, "Drug", 0.4)
    for whole in ([], [(((0, 1),), "Drug", 0.4)]):
        _, group = written(Prediction([one], whole, [one]), 0.5)
        assert group == [one]


def test_all_that_was_found_are_candidates():
    found = Prediction([(0, 1, "A", 0.9)], [(((1, 2), (3, 4)), "B", 0.8), (((2, 3),), "C", 0.7)], [(0, 2, "A", 0.1)])
    assert sorted(found.candidates()) == [
        (((0, 1),), "A", 0.9),
        (((0, 2),), "A", 0.1),
        (((1, 2), (3, 4)), "B", 0.8),
        (((2, 3),), "C", 0.7),
    ]


def test_of_white_space_at_edges_nothing_is_left():
    doc = Doc(spacy.blank("en").vocab, words=["\n", "Aspirin", "\n\n", "acid", "\n"])
    found = Prediction(
        [(0, 2, "A", 0.4), (1, 2, "A", 0.3), (1, 4, "A", 0.2), (2, 3, "A", 0.1)],
        [(((0, 2), (2, 3), (3, 5)), "B", 0.5), (((2, 3), (4, 5)), "B", 0.4), (((1, 2),), "B", 0.3)],
        [(1, 3, "A", 0.2), (1, 3, "B", 0.2), (3, 5, "A", 0.1), (3, 4, "A", 0.2), (4, 5, "A", 0.9)],
    )
    assert without_space(doc, found) == Prediction(
        [(1, 2, "A", 0.4), (1, 4, "A", 0.2)],
        [(((1, 2), (3, 4)), "B", 0.5), (((1, 2),), "B", 0.3)],
        [(3, 4, "A", 0.2)],
    )
    words = Doc(doc.vocab, words=["a", "b", "c", "d", "e"])
    assert without_space(words, found) is found
    assert without_space(doc, Prediction()) == without_space(doc[2:3].as_doc(), Prediction([(0, 1, "A", 1.0)]))
