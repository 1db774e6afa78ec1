"""What is suggested from a pool, by pipelines of each kind."""

import numpy as np
import pytest
import spacy
from spacy.strings import get_string_id
from spacy.tokens import Span, SpanGroup
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.selection.choice import Budget
from spacy_bioner.experiments.selection.informativeness import Informativeness, vote_entropy
from spacy_bioner.experiments.selection.pool import annotated, not_in, suggest
from spacy_bioner.formats import Document, Mention
from spacy_bioner.training.corpora import unannotated

TRAINED = [("A rash today .", "rash"), ("Severe nausea again .", "nausea"), ("No cough since .", "cough")] * 4


@pytest.fixture(scope="module")
def crf():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_crf", config={"max_iterations": 20})

    def examples():
        for text, word in TRAINED:
            at = text.index(word)
            doc = to_doc(Document(text, [Mention(at, at + len(word), "ADR")]), nlp)
            yield Example(unannotated(doc), doc)

    nlp.initialize(lambda: list(examples()))
    return nlp


POOL = [
    Document("A rash today .", id="known"),
    Document("Some headaches and vertigo bother patients .", id="new"),
    Document("Some headaches and vertigo bother patients .", id="again"),
    Document("", id="empty"),
    Document("Bad tremor .", id="short", tokens=[(0, 3), (4, 10), (11, 12)]),
]


@pytest.mark.parametrize("strategy", ["entropy", "segment"])
def test_the_unknown_comes_first(crf, strategy):
    pool = not_in(POOL, [])
    found = suggest(crf, pool, Budget(texts=2), strategy)
    assert [pool[one.number].id for one in found] == ["new", "short"]
    assert found[0].gain > found[1].gain > 0
    assert [one.words for one in found] == [7, 3]


def test_entropies_are_those_of_each_document(crf):
    docs = list(crf.pipe(document.text for document in POOL))
    together = crf.get_pipe("bioner_crf").entropies(docs)
    assert [len(of_doc) for of_doc in together] == [len(doc) for doc in docs]
    for doc, of_doc in zip(docs, together, strict=True):
        np.testing.assert_allclose(crf.get_pipe("bioner_crf").entropies([doc])[0], of_doc, atol=1e-9)
    assert together[1].sum() > 5 * together[0].sum()


def test_asking_changes_no_setting(crf):
    before = crf.get_pipe("bioner_crf").threshold
    suggest(crf, POOL, Budget(texts=1), "segment")
    assert crf.get_pipe("bioner_crf").threshold == before


def test_at_random_needs_no_pipeline():
    assert len(suggest(None, POOL, Budget(texts=2), "random")) == 2


def test_suggestions_are_annotated(crf):
    found = suggest(crf, POOL, Budget(texts=1))
    ((_, document),) = annotated(crf, POOL, found)
    assert document.meta["suggested"] == {"rank": 1, "gain": found[0].gain}
    assert all(mention.score is not None for mention in document.mentions)


def two_dictionaries():
    nlp = spacy.blank("en")
    for key, terms in (("a", ["rash", "cough"]), ("b", ["rash", "tremor"])):
        part = nlp.add_pipe("bioner_dictionary", name=key, config={"spans_key": key})
        part.add_terms([(term, "ADR") for term in terms])
    return nlp


def test_a_committee_that_disagrees():
    texts = [Document("A rash and a rash"), Document("Nothing here"), Document("A tremor then")]
    (first, *_) = suggest(two_dictionaries(), texts, Budget(texts=3), "committee")
    assert first.number == 2
    assert first.gain == pytest.approx(1.0)
    assert vote_entropy(1, 2) == 1.0
    assert vote_entropy(2, 2) == vote_entropy(0, 2) == 0.0
    assert vote_entropy(1, 3) == pytest.approx(0.9183, abs=1e-4)


def test_a_discontinuous_mention_is_one_vote():
    nlp = two_dictionaries()
    doc = nlp.make_doc("left knee and ankle pain")
    knee, ankle, pain = (0, 2), (3, 4), (4, 5)
    for key, several in (("a", [[knee, pain], [ankle, pain]]), ("b", [[knee, pain], [ankle], [pain]])):
        spans = [
            Span(doc, *part, label="ADR", span_id=f"M{number}" if len(parts) > 1 else 0)
            for number, parts in enumerate(several, 1)
            for part in parts
        ]
        doc.spans[key] = SpanGroup(doc, name=key, spans=spans, attrs={"scores": [0.9] * len(spans)})
    (found,) = Informativeness(nlp, "committee")([doc])
    expected = {get_string_id(f"ADR {text}"): 1.0 for text in ("ankle pain", "ankle", "pain")}  # not "left knee pain"
    assert dict(zip(found.items.tolist(), found.weights.tolist(), strict=True)) == expected


def test_texts_that_are_known_or_repeated_are_left_out():
    kept = not_in(POOL, [Document("A  rash today.")])
    assert [document.id for document in kept] == ["new", "empty", "short"]


def test_a_text_on_which_the_pipeline_fails_is_told(crf):
    from spacy.language import Language

    @Language.component("fails_on_tremor")
    def fails(doc):
        if "tremor" in doc.text:
            raise ValueError("no tremor")
        return doc

    nlp = two_dictionaries()
    nlp.add_pipe("fails_on_tremor", first=True)
    failures = []
    found = suggest(
        nlp,
        POOL,
        Budget(texts=9),
        "committee",
        failed=lambda document, error: failures.append((document.id, str(error))),
    )
    assert failures == [("short", "no tremor")]
    assert len(found) == 4
    with pytest.raises(ValueError, match="no tremor"):
        suggest(nlp, POOL, Budget(texts=9), "committee")


def test_mistakes(crf):
    for code, nlp, strategy in (
        ("B720", crf, "luck"),
        ("B721", two_dictionaries(), "entropy"),
        ("B722", crf, "committee"),
    ):
        with pytest.raises(BionerError, match=code):
            suggest(nlp, POOL, Budget(texts=1), strategy)
    with pytest.raises(BionerError, match="B720"):
        Informativeness(crf, "luck")
    nlp = two_dictionaries()
    nlp.max_length = 5
    with pytest.raises(BionerError, match="B809"):
        suggest(nlp, POOL, Budget(texts=1), "committee")
