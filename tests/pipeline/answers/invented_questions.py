"""Invented questions to sentences with a drug and a disease, for tests of answers."""

from __future__ import annotations

import spacy
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.formats import Answer, Document, Question
from spacy_bioner.training.corpora import unannotated

DRUGS = ["aspirin", "digoxin", "heparin", "lithium", "morphine", "codeine"]
DISEASES = ["asthma", "cancer", "gout", "fever", "rash", "pain"]
ASKED = {"drug": "which drug is it", "disease": "what does it treat"}


def documents(n=24, without=0):
    """Return questions to sentences; the last ``without`` of them have no answer there."""
    made = []
    for i in range(n):
        drug, disease = DRUGS[i % 6], DISEASES[(i // 2) % 6]
        kind = "disease" if i // 6 % 2 else "drug"
        text = f"So {drug} treats {disease} now."
        answer = {"drug": drug, "disease": disease}[kind]
        question = Question(ASKED[kind], (Answer(answer, text.index(answer)),))
        if i >= n - without:
            text, question = "Nothing was seen at all.", Question(ASKED[kind], impossible=True)
        made.append(Document(text, id=f"q{i}", question=question))
    return made


def examples(nlp, made):
    references = [to_doc(document, nlp) for document in made]
    return [Example(unannotated(reference), reference) for reference in references]


def pipeline(folder, **config):
    model = {"name": str(folder), "max_pieces": 64, "max_question": 16, "stride": 24}
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_answers", config={"model": model, **config})
    return nlp
