"""Mentions in two parts around a coordination: which are candidates, what is learned, and that nothing else changes."""

import pytest
import spacy
from every_component import coordinated
from spacy.training import Example

from spacy_bioner import mentions
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention
from spacy_bioner.pipeline.coordination.candidates import candidates


def texts_of(sentence, anchor):
    words = sentence.split()
    start, end = anchor
    return {" ".join(w for a, b in one.parts for w in words[a:b]) for one in candidates(words, (start, end))}


def test_candidates_on_both_sides_and_over_several_conjuncts():
    found = texts_of("the renal , cardiac or acute hepatic toxicity fell", (5, 8))
    assert {"renal toxicity", "cardiac toxicity"} <= found
    assert "fell toxicity" not in found
    found = texts_of("loss of memory and speech came", (0, 3))
    assert {"loss of speech", "loss speech"} <= found
    assert texts_of("renal toxicity was seen", (0, 2)) == set()
    assert texts_of("( renal toxicity )", (1, 3)) == set(), "a bracket joins nothing"
    assert texts_of("toxicity and renal", (0, 1)) == set(), "one word has nothing to share"


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_coordination")
    pipe.initialize(lambda: [Example(nlp.make_doc(d.text), to_doc(d, nlp)) for d in coordinated(40)])
    return nlp


def test_an_anchor_without_its_own_conjunct():
    """Recognisers often find the shared word alone: its conjunct is what stands before it, back to a separator."""
    words = ["no", "hepatic", "or", "severe", "hematologic", "toxicity", "was", "seen"]
    found = list(candidates(words, (5, 6)))
    assert {one.replaced for one in found} == {(3, 5)}
    assert {one.shared for one in found} == {(5, 6)}
    assert {one.parts for one in found} == {((1, 2), (5, 6)), ((0, 2), (5, 6))}
    assert not list(candidates(["toxicity", "was", "seen"], (0, 1)))
    assert not list(candidates(["much", "severe", "toxicity"], (2, 3))), "no separator before it"
    assert not list(candidates(["a", "or", "one", "two", "three", "four", "toxicity"], (6, 7))), "too far away"


def test_it_completes_what_another_found(nlp):
    doc = nlp.make_doc("Patients with hepatic and renal failure took NaCl daily.")
    entity = doc.char_span(26, 39, "Disease")
    doc.set_ents([entity])
    doc = nlp.get_pipe("bioner_coordination")(doc)
    assert [mention.text for mention in mentions(doc)] == ["hepatic failure", "renal failure"]
    assert [ent.text for ent in doc.ents] == ["renal failure"]
    untouched = nlp("Patients with hepatic and renal failure took NaCl daily.")
    assert mentions(untouched) == []


def test_nothing_to_learn():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_coordination")
    document = Document("renal failure", [Mention(0, 13, "Disease")])
    with pytest.raises(BionerError, match="B664"):
        nlp.initialize(lambda: [Example(nlp.make_doc(document.text), to_doc(document, nlp))])
    with pytest.raises(BionerError, match="B414"):
        nlp("renal failure")
    parts = [Mention(0, 25, "Disease", ((0, 5), (18, 25))), Mention(10, 25, "Disease")]
    document = Document("Renal and hepatic failure", parts)
    with pytest.raises(BionerError, match=r"B797.*all 2 candidates"):
        nlp.initialize(lambda: 2 * [Example(nlp.make_doc(document.text), to_doc(document, nlp))])
