"""Writing what a component found: entities under a merge policy, the span group with its scores."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin, Span

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.set_entities import annotate

VOCAB = spacy.blank("en").vocab
WORDS = ["severe", "heart", "failure", "and", "rash"]


@pytest.fixture
def doc():
    return Doc(spacy.blank("en").vocab, words=WORDS)


def names(spans):
    return [(span.start, span.end, span.label_) for span in spans]


def test_entities_and_group(doc):
    best = [Span(doc, 1, 3, "Disease")]
    everything = [*best, Span(doc, 2, 3, "Symptom", kb_id="D1")]
    annotate(doc, best, [0.9, 0.4], all_spans=everything)
    assert names(doc.ents) == [(1, 3, "Disease")]
    assert names(doc.spans["bioner"]) == [(1, 3, "Disease"), (2, 3, "Symptom")]
    assert doc.spans["bioner"].attrs["scores"] == [0.9, 0.4]
    assert doc.has_annotation("ENT_IOB", require_complete=True)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("keep", [(0, 2, "A"), (4, 5, "B")]),
        ("override", [(1, 3, "B"), (4, 5, "B")]),
        ("replace", [(1, 3, "B"), (4, 5, "B")]),
        ("longest", [(0, 2, "A"), (4, 5, "B")]),
    ],
)
def test_merge_with_an_earlier_component(doc, policy, expected):
    annotate(doc, [Span(doc, 0, 2, "A")])
    annotate(doc, [Span(doc, 1, 3, "B"), Span(doc, 4, 5, "B")], [0.5, 0.6], merge_policy=policy)
    assert names(doc.ents) == expected
    assert names(doc.spans["bioner"]) == [(0, 2, "A"), (1, 3, "B"), (4, 5, "B")]
    assert doc.spans["bioner"].attrs["scores"] == [1.0, 0.5, 0.6]


@given(
    st.lists(st.integers(0, 19), unique=True, max_size=6),
    st.lists(st.sets(st.integers(0, 20), min_size=4, max_size=4).map(sorted), max_size=6),
    st.sampled_from(["cover", "first", "longest"]),
)
def test_a_mention_in_parts_is_an_entity_where_it_overlaps_none(taken, edges, fragments):
    doc = Doc(VOCAB, words=["word"] * 20)
    flat = [Span(doc, i, i + 1, "A") for i in taken]
    annotate(doc, flat, whole=[([(a, b), (c, d)], "B", 0.5) for a, b, c, d in edges], fragments=fragments)
    stand_ins = {
        {"cover": (a, d), "first": (a, b), "longest": (a, b) if b - a >= d - c else (c, d)}[fragments]
        for a, b, c, d in edges
    }
    free = [span for span in stand_ins if not any(span[0] <= i < span[1] for i in taken)]
    chosen = []
    for start, end in sorted(free, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= a or b <= start for a, b in chosen):
            chosen.append((start, end))
    assert names(doc.ents) == sorted([*((i, i + 1, "A") for i in taken), *((a, b, "B") for a, b in chosen)])


def test_the_same_span_is_not_added_twice(doc):
    for score in (0.7, 0.2):
        annotate(doc, [Span(doc, 0, 2, "A")], [score])
    assert names(doc.spans["bioner"]) == [(0, 2, "A")]
    assert doc.spans["bioner"].attrs["scores"] == [0.7]


def test_nothing_found_is_still_an_annotation(doc):
    annotate(doc, [])
    assert list(doc.ents) == []
    assert len(doc.spans["bioner"]) == 0
    assert doc.has_annotation("ENT_IOB", require_complete=True)


def test_scores_survive_bytes_and_docbin(doc):
    annotate(doc, [Span(doc, 0, 2, "A")], [0.25], spans_key="other")
    for copy in (
        Doc(doc.vocab).from_bytes(doc.to_bytes()),
        next(DocBin(docs=[doc]).get_docs(doc.vocab)),
    ):
        assert names(copy.spans["other"]) == [(0, 2, "A")]
        assert copy.spans["other"].attrs["scores"] == [0.25]


def test_scores_must_fit_the_spans(doc):
    with pytest.raises(BionerError, match=r"B007.*1 span.*2 score"):
        annotate(doc, [Span(doc, 0, 2, "A")], [0.25, 0.5])


@pytest.mark.parametrize("score", [float("nan"), float("inf"), 7.0, -0.5])
def test_a_score_is_a_probability(doc, score):
    with pytest.raises(BionerError, match=r"B420.*severe"):
        annotate(doc, [Span(doc, 0, 1, "A")], [score])
    assert not doc.ents
    assert "bioner" not in doc.spans


def test_a_score_that_rounding_took_over_the_border_is_put_on_it(doc):
    annotate(doc, [Span(doc, 0, 1, "A"), Span(doc, 1, 2, "A")], [1.0000001, -1e-7])
    assert doc.spans["bioner"].attrs["scores"] == [1.0, 0.0]


def test_a_span_has_a_label(doc):
    with pytest.raises(BionerError, match=r"B421.*severe"):
        annotate(doc, [Span(doc, 0, 1)])
    assert not doc.ents


@pytest.mark.parametrize("length", [0, 1, 5, 2000])
@pytest.mark.parametrize("before", ["nothing", "blocked", "entities"])
def test_nothing_found_leaves_what_set_ents_leaves_but_no_ids(length, before):
    docs = [Doc(spacy.blank("en").vocab, words=["word"] * length) for _ in range(2)]
    for doc in docs:
        if before == "blocked" and length:
            doc.set_ents([], blocked=[doc[:1]], default="missing")
        elif before == "entities" and length:
            doc.set_ents([Span(doc, 0, 1, "A", kb_id="D1")], default="missing")
    annotate(docs[0], [], merge_policy="replace")
    docs[1].set_ents([])
    attributes = ["ENT_IOB", "ENT_TYPE"]
    assert (docs[0].to_array(attributes) == docs[1].to_array(attributes)).all()
    assert not docs[0].to_array(["ENT_KB_ID", "ENT_ID"]).any()


@pytest.mark.parametrize("policy", ["override", "replace", "longest"])
def test_an_entity_takes_over_no_ids_of_the_one_before_it(doc, policy):
    annotate(doc, [Span(doc, 1, 3, "ADR", kb_id="D1")], [0.9])
    doc.set_ents([Span(doc, 1, 3, "ADR", kb_id="D1", span_id="M1")])
    annotate(doc, [Span(doc, 0, 3, "ADR")], [0.9], merge_policy=policy)
    assert [(ent.start, ent.end, ent.kb_id_, ent.id_) for ent in doc.ents] == [(0, 3, "", "")]
    assert not any(token.ent_kb_id or token.ent_id for token in doc)
