"""Gold labels that a component does not have are trained as nothing: every component that learns labels says so."""

import warnings

import pytest
import spacy
from tagger_examples import SENTENCES, build, examples, train

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.training.corpora import unannotated

NEW = [("He takes aspirin .", [(9, 16, "Drug")]), *SENTENCES]


def told(call, code):
    """Return the messages with the code among the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in caught if code in str(one.message)]


@pytest.mark.parametrize("settings", [{}, {"layers": "labels"}, {"scheme": "BIOHD"}], ids=["flat", "layers", "BIOHD"])
def test_a_tagger_that_is_trained_further(settings):
    trained = train(build(**settings), 2)
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_tagger", source=trained)
    optimizer = nlp.resume_training()
    assert told(lambda: nlp.update(examples(nlp), sgd=optimizer), "B561") == []
    (message,) = told(lambda: [nlp.update(examples(nlp, NEW), sgd=optimizer) for _ in range(3)], "B561")
    assert "['Drug']" in message
    assert pipe.labels == ("Disease", "Gene")


def test_a_tagger_that_gained_the_label_says_nothing():
    nlp = train(build(), 2)
    nlp.get_pipe("bioner_tagger").add_label("Drug")
    assert told(lambda: nlp.update(examples(nlp, NEW), sgd=nlp.resume_training()), "B561") == []


def test_a_tagger_with_some_of_the_labels_says_it_once():
    nlp = build()
    nlp.config["initialize"]["components"]["bioner_tagger"] = {"labels": ["Gene"]}
    assert len(told(lambda: nlp.initialize(lambda: examples(nlp)), "B561")) == 1
    assert told(lambda: nlp.update(examples(nlp)), "B561") == []
    assert len(told(lambda: nlp.initialize(lambda: examples(nlp)), "B561")) == 1


def test_a_crf_with_some_of_the_labels():
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("bioner_crf", config={"max_iterations": 2, "features": {"clusters": None, "neighbours": None}})
    (message,) = told(lambda: pipe.initialize(lambda: examples(nlp), labels=["Gene"]), "B561")
    assert "['Disease']" in message
    assert told(lambda: pipe.initialize(lambda: examples(nlp)), "B561") == []


def related(label):
    ends = (("Arg1", "T1"), ("Arg2", "T2"))
    mentions = [Mention(0, 7, "Drug", id="T1"), Mention(15, 19, "Effect", id="T2")]
    return Document("Aspirin causes rash", mentions, relations=[Relation(label, ends, "R1")])


def related_examples(nlp, *labels):
    made = []
    for label in labels:
        reference = to_doc(related(label), nlp)
        made.append(spacy.training.Example(unannotated(reference), reference))
    return made


def test_relations_with_some_of_the_labels():
    nlp = spacy.blank("en")
    small = {"hidden": 4, "tok2vec": {"width": 8, "depth": 1, "embed_size": 50}}
    pipe = nlp.add_pipe("bioner_relations", config={"model": small})
    both = related_examples(nlp, "causes", "cures")
    (message,) = told(lambda: pipe.initialize(lambda: both, labels=["causes"]), "B443")
    assert "['cures']" in message
    assert told(lambda: pipe.update(both), "B443") == []
    nlp.initialize(lambda: both[:1])
    again = spacy.blank("en")
    pipe = again.add_pipe("bioner_relations", source=nlp)
    assert told(lambda: pipe.update(both[:1]), "B443") == []
    (message,) = told(lambda: [pipe.update(both) for _ in range(2)], "B443")
    assert "['cures']" in message
