"""Whole mentions on a Doc: fragments that share an id, overlapping ones, and what stands for them in ``doc.ents``."""

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.vocab import Vocab

from spacy_bioner import mentions
from spacy_bioner.documents.alignment import from_doc
from spacy_bioner.documents.doc_mentions import predicted_mentions
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Mention, read, write
from spacy_bioner.pipeline.set_entities import annotate

WORDS = ["cardiac", "and", "renal", "toxicity", "of", "heart"]
CARDIAC = ((0, 1), (3, 4))
RENAL = ((2, 4),)


@pytest.fixture
def doc():
    return Doc(spacy.blank("en").vocab, words=WORDS)


def whole(doc):
    return [(m.text, m.label, m.score) for m in mentions(doc)]


def ents(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]


@pytest.mark.parametrize(
    ("policy", "entity"),
    [
        ("cover", [("cardiac and renal toxicity", "ADR")]),
        ("first", [("cardiac", "ADR")]),
        ("longest", [("cardiac", "ADR")]),
        ("none", []),
    ],
)
def test_what_stands_for_a_discontinuous_mention(doc, policy, entity):
    annotate(doc, [], whole=[(CARDIAC, "ADR", 0.75)], fragments=policy)
    assert ents(doc) == entity
    assert whole(doc) == [("cardiac toxicity", "ADR", 0.75)]
    (mention,) = predicted_mentions(doc)
    assert mention == Mention(0, 26, "ADR", ((0, 7), (18, 26)), score=0.75)


def test_an_entity_goes_before_what_stands_for_another(doc):
    annotate(doc, [Span(doc, 2, 4, "ADR")], [0.5], whole=[(CARDIAC, "ADR", 0.75)])
    assert ents(doc) == [("renal toxicity", "ADR")]
    assert whole(doc) == [("cardiac toxicity", "ADR", 0.75), ("renal toxicity", "ADR", 0.5)]


def test_overlapping_mentions_and_candidates(doc):
    """A span without an id is a candidate, no mention."""
    everything = [Span(doc, 2, 4, "ADR"), Span(doc, 3, 5, "ADR")]
    annotate(doc, everything[:1], [0.9, 0.1], all_spans=everything, whole=[([(2, 3)], "Organ", 0.6)])
    assert whole(doc) == [("renal", "Organ", 0.6), ("renal toxicity", "ADR", 0.9)]
    assert len(doc.spans["bioner"]) == 3


def test_a_later_component_adds_only_what_is_new(doc):
    annotate(doc, [], whole=[(CARDIAC, "ADR", 0.75)])
    annotate(doc, [], whole=[(CARDIAC, "ADR", 0.5), (((0, 1), (5, 6)), "ADR", 0.25)])
    assert whole(doc) == [("cardiac toxicity", "ADR", 0.75), ("cardiac heart", "ADR", 0.25)]
    assert [span.id_ for span in doc.spans["bioner"]] == ["M1", "M1", "M2", "M2"]


def test_they_survive_bytes_docbin_and_joining(doc):
    annotate(doc, [Span(doc, 2, 4, "ADR")], [0.5], whole=[(CARDIAC, "ADR", 0.75), ([(2, 3)], "Organ", 0.6)])
    expected = whole(doc)
    stored = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    assert whole(next(DocBin().from_bytes(stored).get_docs(Vocab()))) == expected
    assert whole(Doc(Vocab()).from_bytes(doc.to_bytes())) == expected
    assert whole(doc.copy()) == expected
    joined = Doc.from_docs([doc])
    with pytest.warns(UserWarning, match="B328"):
        assert [words[:2] for words in whole(joined)] == [words[:2] for words in expected]


@pytest.mark.parametrize("policy", ["cover", "first", "longest", "none"])
def test_mentions_of_joined_docs_never_become_one_without_a_word(doc, policy):
    annotate(doc, [], whole=[(CARDIAC, "ADR", 0.75)], fragments=policy)
    joined = Doc.from_docs([doc, doc])
    if policy == "none":
        with pytest.warns(UserWarning, match=r"B328.*M1"):
            mentions(joined)
    else:
        with pytest.raises(BionerError, match=r"B327.*M1"):
            mentions(joined)


@pytest.mark.parametrize("ending", ["ann", "bioc.xml", "bioc.json", "jsonl"])
def test_formats_take_them_whole(doc, ending, tmp_path):
    annotate(doc, [Span(doc, 2, 4, "ADR")], [0.5], whole=[(CARDIAC, "ADR", 0.75)])
    document = from_doc(doc, gold=False)
    document.id = "one"
    path = tmp_path / ("" if ending == "ann" else f"out.{ending}")
    write([document], path, **({"format": "brat"} if ending == "ann" else {}))
    (again,) = read(path)
    assert [(m.label, m.parts) for m in again.mentions] == [("ADR", ((0, 7), (18, 26))), ("ADR", ((12, 26),))]


def test_a_stored_prediction_is_read_whole(doc, tmp_path):
    annotate(doc, [], whole=[(CARDIAC, "ADR", 0.75)])
    DocBin(store_user_data=True, docs=[doc]).to_disk(tmp_path / "a.spacy")
    (document,) = read(tmp_path / "a.spacy")
    assert [mention.parts for mention in document.mentions] == [((0, 7), (18, 26))]


@pytest.mark.parametrize("labels", [("ADR", "Organ"), ("ADR", "ADR")])
def test_spans_of_an_id_that_are_no_mention(doc, labels):
    spans = [Span(doc, i, i + 2, label=label, span_id="M1") for i, label in enumerate(labels)]
    doc.spans["bioner"] = SpanGroup(doc, name="bioner", spans=spans)
    with pytest.raises(BionerError, match=r"B660.*M1"):
        mentions(doc)


def test_ids_of_others_mean_nothing(doc):
    doc.spans["bioner"] = [Span(doc, 0, 1, label="ADR", span_id="D006331"), Span(doc, 0, 2, label="ADR", span_id="M0")]
    assert mentions(doc) == []


def test_concepts_that_look_like_ids_of_mentions():
    """ICD-10 codes of chapter M, such as M10 (gout)."""
    nlp = spacy.blank("en")
    dictionary = nlp.add_pipe("bioner_dictionary")
    dictionary.add_terms([("gout", "Disease", ["M10"]), ("tophus", "Finding", ["M10"])])
    doc = nlp("History of gout, a tophus. Gout again.")
    assert [(m.text, m.concepts) for m in mentions(doc)] == [
        ("gout", ("M10",)),
        ("tophus", ("M10",)),
        ("Gout", ("M10",)),
    ]
    nlp.add_pipe("bioner_linker", config={"overwrite": True}).add_names(
        [("gout", "Disease", "C1"), ("tophus", "Finding", "C2")]
    )
    assert [m.concepts for m in mentions(nlp("A tophus of gout."))] == [("C2",), ("C1",)]


@pytest.mark.parametrize("foreign", [True, False])
def test_an_entity_in_place_of_a_stand_in_is_read(doc, foreign):
    annotate(doc, [], whole=[(CARDIAC, "ADR", 0.75)])
    if foreign:  # spaCy's set_ents leaves the id of the mention on the tokens
        doc.set_ents([Span(doc, 2, 4, "ADR")])
    else:
        annotate(doc, [Span(doc, 2, 4, "ADR")], [0.9], merge_policy="override")
    assert [m.text for m in mentions(doc)] == ["cardiac toxicity", "renal toxicity"]
    assert [m.parts for m in predicted_mentions(doc)] == [((0, 7), (18, 26)), ((12, 26),)]


def test_the_score_of_an_entity_is_that_of_its_concept(doc):
    annotate(doc, [Span(doc, 0, 1, "ADR", kb_id="D1")], [0.9])
    annotate(doc, [], [0.02], all_spans=[Span(doc, 0, 1, "ADR")])
    assert [m.score for m in mentions(doc)] == [m.score for m in predicted_mentions(doc)] == [0.9]
    doc.set_ents([Span(doc, 0, 1, "ADR", kb_id="D2")])  # as spaCy's entity_linker does
    assert [m.score for m in mentions(doc)] == [0.9]
