"""Invented sentences with drugs, effects and their relations, for tests of relation extraction."""

from __future__ import annotations

import random

import spacy
from spacy.language import Language
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.training.corpora import unannotated

DRUGS = ["aspirin", "morphine", "cisplatin", "heparin", "lithium"]
EFFECTS = ["asthma", "rash", "nausea", "fever", "anaemia"]
FRAMES = [
    ("Then {drug} caused {effect} in all.", True),
    ("Then {effect} was induced by {drug} again.", True),
    ("Then {drug} cured {effect} in all.", False),
    ("Then {effect} was absent under {drug} again.", False),
]


def documents(n: int, seed: int = 0) -> list[Document]:
    """Return n documents of two sentences; drug and effect of a sentence are related in half of them."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        text, mentions, relations = "", [], []
        for _ in range(2):
            frame, related = rng.choice(FRAMES)
            ids = {}
            for i, piece in enumerate(frame.replace("}", "{").split("{")):
                word = rng.choice(DRUGS if piece == "drug" else EFFECTS) if i % 2 else piece
                if i % 2:
                    ids[piece] = f"T{len(mentions) + 1}"
                    mentions.append(Mention(len(text), len(text) + len(word), piece.capitalize(), id=ids[piece]))
                text += word
            text += " "
            if related:
                ends = (("Arg1", ids["drug"]), ("Arg2", ids["effect"]))
                relations.append(Relation("causes", ends, f"R{len(relations) + 1}"))
        made.append(Document(text.strip(), mentions, f"d{number}", relations=relations))
    return made


def blank() -> Language:
    """Return a pipeline that splits sentences."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    nlp.add_pipe("bioner_sentences")
    return nlp


def examples(nlp: Language, made: list[Document], *, gold_entities: bool = True) -> list[Example]:
    """Return Examples, their predicted Docs with sentence starts and, if asked for, the gold entities."""
    result = []
    for document in made:
        reference = to_doc(document, nlp)
        predicted = nlp.get_pipe("bioner_sentences")(unannotated(reference))
        if gold_entities:
            predicted.set_ents([predicted.char_span(e.start_char, e.end_char, e.label_) for e in reference.ents])
        result.append(Example(predicted, reference))
    return result
