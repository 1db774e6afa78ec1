"""A component: what finds entities writes them with ``annotate``, as all components of this package do."""

import re

import spacy
from spacy.language import Language
from spacy.tokens import Span

from spacy_bioner.pipeline.set_entities import annotate

DOSE = re.compile(r"\d+(\.\d+)? ?(mg|g|ml)\b")


@Language.component("doses")
def doses(doc):
    """Find doses; they join what earlier components found, and their scores stand in the span group."""
    found = [doc.char_span(*match.span(), label="Dose", alignment_mode="expand") for match in DOSE.finditer(doc.text)]
    spans: list[Span] = [span for span in found if span is not None]
    annotate(doc, spans, [1.0] * len(spans))
    return doc


nlp = spacy.blank("en")
nlp.add_pipe("bioner_dictionary").add_terms([("aspirin", "Drug")])
nlp.add_pipe("doses")
doc = nlp("She took 500 mg of aspirin.")
print([(ent.text, ent.label_) for ent in doc.ents])
# [('500 mg', 'Dose'), ('aspirin', 'Drug')]
print(len(doc.spans["bioner"]), doc.spans["bioner"].attrs["scores"])
# 2 [1.0, 1.0]
