"""How many mentions other schemes and layers hold."""

import spacy

from spacy_bioner.corpus.audit.beyond_flat import count_beyond_flat
from spacy_bioner.corpus.audit.counts import audit
from spacy_bioner.corpus.audit.tables import audit_text
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.formats import Document, Mention

NLP = spacy.blank("en")
CARDIAC = Mention(0, 26, "ADR", ((0, 7), (18, 26)))
DOCUMENTS = [
    Document("cardiac and renal toxicity", [CARDIAC, Mention(12, 26, "ADR"), Mention(12, 17, "Organ")]),
    Document("old lung cancer", [Mention(0, 15, "ADR"), Mention(4, 15, "ADR"), Mention(4, 8, "Organ")]),
    Document("lung cancer", [Mention(0, 11, "ADR")]),
]


def test_counts_and_their_table():
    assert not count_beyond_flat(to_doc(DOCUMENTS[2], NLP))
    result = audit(DOCUMENTS, NLP)
    assert dict(result.beyond_flat) == {"flat": 4, "biohd": 1, "layers": 2, "levels": 3, "biohd_layers": 3}
    text = audit_text(result.to_dict())
    assert "4 of 7 mentions do not fit one layer of flat tags" in text
    assert '3: scheme = "BIOHD" and layers = "labels"' in text
