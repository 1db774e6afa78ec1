"""Readers of corpora count the relations that they leave out."""

import logging

import spacy
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.documents.gold import get_gold
from spacy_bioner.training import reader_transforms as wrappers
from spacy_bioner.training.corpora import unannotated

NLP = spacy.blank("en")


def test_relations_that_a_transform_leaves_out_are_counted(caplog):
    names = {"Flu": "T1", "cough": "T2", "fever": "T3"}
    text = "Flu causes cough. Then fever."
    mentions = [Mention(text.index(w), text.index(w) + len(w), w, id=name) for w, name in names.items()]
    related = [Relation("causes", (("a", "T1"), ("b", name))) for name in ("T2", "T3")]
    related.append(Relation("CID", (("a", "D1"), ("b", "D2")), of_concepts=True))
    reference = to_doc(Document(text, mentions, "d", relations=related), NLP)

    def corpus(nlp):
        yield Example(unannotated(reference), reference)

    with caplog.at_level(logging.INFO, "spacy"):
        first, second = wrappers.make_sentences(corpus)(NLP)
        (relabelled,) = wrappers.make_relabel(corpus, {"fever": None})(NLP)
        (unknown,) = wrappers.make_relabel(corpus, {"fever": "?"})(NLP)
    assert get_gold(first.reference).relations == related[:1]
    assert get_gold(second.reference).relations == []
    assert "; 2 relations over sentences or between concepts left out" in caplog.text
    assert get_gold(relabelled.reference).relations == [related[0], related[2]]
    assert "left out, with them 1 relations" in caplog.text
    assert get_gold(unknown.reference).relations == []
    assert "with them 3 relations" in caplog.text
