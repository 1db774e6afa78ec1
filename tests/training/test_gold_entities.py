"""Gold entities in the Docs that a pipeline gets."""

import spacy
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.formats import Document, Mention
from spacy_bioner.training.gold_entities import make_gold_entities


def test_predicted_docs_have_the_gold_entities():
    nlp = spacy.blank("en")
    reference = to_doc(Document("aspirin caused asthma", [Mention(0, 7, "Drug"), Mention(15, 21, "Effect")]), nlp)
    reader = make_gold_entities(lambda nlp: [Example(nlp.make_doc(reference.text), reference)])
    (example,) = reader(nlp)
    assert [(ent.text, ent.label_) for ent in example.predicted.ents] == [("aspirin", "Drug"), ("asthma", "Effect")]
