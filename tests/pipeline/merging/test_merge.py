import random
import warnings

import pytest
import spacy
from spacy.tokens import Span, SpanGroup
from spacy.training import Example

from spacy_bioner.documents.declared_types import declare_types
from spacy_bioner.documents.doc_mentions import mentions
from spacy_bioner.documents.document import Mention
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.merging.ballots import by_priority, by_score
from spacy_bioner.pipeline.merging.calibration import temper
from spacy_bioner.pipeline.merging.fitting import THRESHOLDS, fit
from spacy_bioner.spans import best_first

PARTS = {
    "a": [(0, 2, "D", 0.9), (4, 5, "D", 0.45)],
    "b": [(0, 1, "D", 0.6), (4, 5, "D", 0.8), (6, 7, "C", 0.7)],
    "c": [(0, 2, "D", 0.5), (6, 7, "D", 0.99)],
}


def make(doc, parts=PARTS):
    for key, found in parts.items():
        spans = [Span(doc, start, end, label) for start, end, label, _ in found]
        doc.spans[key] = SpanGroup(doc, name=key, spans=spans, attrs={"scores": [score for *_, score in found]})
    return doc


def merged(parts=PARTS, **settings):
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_merge", config={"parts": list(parts), **settings})
    doc = pipe(make(nlp.make_doc("a b c d e f g h"), parts))
    group = doc.spans["bioner"]
    return [(s.start, s.end, s.label_, round(p, 3)) for s, p in zip(group, group.attrs["scores"], strict=True)]


def test_by_score_the_mean_counts_and_what_is_lacking_is_nought():
    assert merged(threshold=0.4) == [(0, 2, "D", 0.467), (4, 5, "D", 0.417)]
    assert merged(threshold=0.3) == [(0, 2, "D", 0.467), (4, 5, "D", 0.417), (6, 7, "D", 0.33)]
    assert merged(threshold=0.5, weights=[0, 1, 0]) == [(0, 1, "D", 0.6), (4, 5, "D", 0.8), (6, 7, "C", 0.7)]


def test_by_vote_places_need_a_majority_and_sure_spans():
    assert [span[:3] for span in merged(method="vote")] == [(0, 2, "D"), (4, 5, "D"), (6, 7, "C")]
    assert [span[:3] for span in merged(method="vote", least=0.5)] == [(0, 2, "D"), (6, 7, "C")]
    assert [span[:3] for span in merged(method="vote", least=0.5, ties="drop")] == [(0, 2, "D")]
    assert merged(method="vote", votes=3) == []


def test_by_priority_the_first_part_comes_first():
    assert merged(method="priority") == [(0, 2, "D", 0.9), (4, 5, "D", 0.45), (6, 7, "C", 0.7)]
    assert [span[:3] for span in merged(method="priority", least=0.95)] == [(6, 7, "D")]


def test_entities_are_replaced_and_discontinuous_mentions_and_concepts_stay_whole():
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_merge", config={"parts": ["a", "b"], "threshold": 0.6})
    doc = nlp.make_doc("cancer of the lung and breast")
    for key in "ab":
        parts = [
            Span(doc, 0, 3, "D", span_id="M1"),
            Span(doc, 5, 6, "D", span_id="M1"),
            Span(doc, 3, 4, "D", kb_id="C1|C2"),
        ]
        doc.spans[key] = SpanGroup(doc, name=key, spans=parts, attrs={"scores": [0.7, 0.7, 0.8]})
    doc.set_ents([Span(doc, 1, 2, "X")])
    pipe(doc)
    assert [(one.text, one.concepts, round(one.score, 2)) for one in mentions(doc)] == [
        ("cancer of the breast", (), 0.7),
        ("lung", ("C1", "C2"), 0.8),
    ]


def fitted_documents(seed=0, size=300):
    """Part 0 is overconfident and right in three of four, part 1 says what it knows, part 2 says nothing of use."""
    rng = random.Random(seed)
    documents = []
    for _ in range(size):
        gold, parts = set(), [[], [], []]
        for place in range(8):
            right = rng.random() < 0.5
            gold |= {(place, place + 1, "D")} if right else set()
            if rng.random() < (0.75 if right else 0.25):
                parts[0].append((place, place + 1, "D", 0.99))
            parts[1].append((place, place + 1, "D", 0.9 if rng.random() < (0.9 if right else 0.1) else 0.1))
            parts[2].append((place, place + 1, "D", rng.choice([0.2, 0.8])))
        documents.append((gold, parts))
    return documents


def f1(documents, weights, threshold, temperatures):
    hits = found = gold = 0
    for right, parts in documents:
        ballots = [[Mention(s, e, label, score=p) for s, e, label, p in part] for part in parts]
        kept = by_score(ballots, weights, threshold, lambda i, p: float(temper(p, temperatures[i])))
        hits += sum((one.start, one.end, one.label) in right for one in kept)
        found, gold = found + len(kept), gold + len(right)
    return 2 * hits / (found + gold)


def test_fitting_finds_who_is_to_be_trusted():
    documents = fitted_documents()
    found = fit(documents)
    assert found.temperatures[0] > 2
    assert found.temperatures[1] == pytest.approx(1.0, abs=0.2)
    assert found.temperatures[2] > 5  # so that it says nearly the same of all
    assert found.f1 == pytest.approx(f1(documents, found.weights, found.threshold, found.temperatures))
    assert found.f1 >= max(f1(documents, [1, 1, 1], t, found.temperatures) for t in THRESHOLDS[::4])
    fresh = fitted_documents(1)
    assert f1(fresh, found.weights, found.threshold, found.temperatures) > f1(fresh, [0, 0, 1], 0.5, [1, 1, 1]) + 0.2
    assert fit(documents, [0, 1, 0]).weights == [0, 1, 0]


def test_overlaps_go_to_the_best_as_in_by_score():
    documents = [({(0, 2, "D")}, [[(0, 2, "D", 0.6), (1, 3, "D", 0.9)], [(0, 2, "D", 0.8)]])]
    found = fit(documents, [1.0, 1.0])
    assert found.f1 == f1(documents, [1.0, 1.0], found.threshold, found.temperatures)
    assert best_first([(0, 2), (1, 3)], [0.7, 0.45]) == [0]
    assert [one.start for one in by_priority([[Mention(0, 2, "D")], [Mention(1, 3, "D"), Mention(3, 4, "D")]])] == [
        0,
        3,
    ]


def fitted(extra=(), types=None, unknown=()):
    """The component ``bioner_merge``, fitted on documents; extra: what part a found besides; unknown: no gold."""
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_merge", config={"parts": ["a", "b", "c"]})
    examples = []
    for gold, (first, *others) in fitted_documents(size=60):
        text = "a b c d e f g h and i j"
        doc = make(nlp.make_doc(text), dict(zip("abc", [[*first, *extra], *others], strict=True)))
        reference = nlp.make_doc(text)
        missing = [Span(reference, *place) for place in unknown]
        reference.set_ents([Span(reference, *place) for place in gold], missing=missing)
        if types is not None:
            declare_types(reference, types)
        examples.append(Example(doc, reference))
    pipe.initialize(lambda: examples, nlp=nlp)
    return pipe


def test_types_that_a_document_does_not_declare_do_not_count_in_fitting():
    extra = [(0, 2, "Gene", 0.9), (5, 7, "Gene", 0.8)]
    assert fitted(extra, ["D"]).fitted == fitted().fitted != fitted(extra).fitted


def test_tokens_whose_gold_is_unknown_do_not_count_in_fitting():
    extra = [(7, 9, "D", 0.9), (9, 11, "D", 0.8)]
    assert fitted(extra, unknown=[(8, 11)]).fitted == fitted().fitted != fitted(extra).fitted


def test_initialize_fits_on_the_examples_and_bytes_keep_it():
    pipe = fitted()
    assert pipe.weights[1] > 0
    other = spacy.blank("en").add_pipe("bioner_merge", config={"parts": ["a", "b", "c"]})
    assert other.from_bytes(pipe.to_bytes()).fitted == pipe.fitted
    with pytest.raises(BionerError, match="B580"):
        spacy.blank("en").add_pipe("bioner_merge", config={"parts": ["a", "b"]}).from_bytes(pipe.to_bytes())


def test_parts_that_cannot_be_joined_are_refused():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary", config={"spans_key": "x"})
    nlp.add_pipe("bioner_dictionary", name="second", config={"spans_key": "x"})
    for parts in (["x"], ["a", "a"], ["a", "bioner"], []):
        with pytest.raises(BionerError, match="B685"):
            nlp.add_pipe("bioner_merge", config={"parts": parts})
    for settings in ({"votes": 3}, {"votes": 0}, {"weights": [1.0]}, {"weights": [0.0, 0.0]}, {"weights": [1.0, -1.0]}):
        with pytest.raises(BionerError, match="B686"):
            nlp.add_pipe("bioner_merge", config={"parts": ["a", "b"], **settings})
    pipe = nlp.add_pipe("bioner_merge", config={"parts": ["a", "b"]})
    reference = nlp.make_doc("a b")
    reference.set_ents([])
    with pytest.warns(UserWarning, match="B688"), pytest.raises(BionerError, match="B687"):
        pipe.initialize(lambda: [Example(nlp.make_doc("a b"), reference)], nlp=nlp)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # warned once
        assert not pipe(nlp.make_doc("a b")).ents
