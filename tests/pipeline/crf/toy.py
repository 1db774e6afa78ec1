"""A small invented corpus for the CRF: sentences by rule, so that it is as large as a test wants."""

from __future__ import annotations

import random

from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab

DISEASES = ["breast cancer", "asthma", "renal failure", "hepatitis", "type II diabetes", "colitis"]
CHEMICALS = ["aspirin", "5 - fluorouracil", "morphine", "cisplatin", "NaCl"]
FRAMES = [
    "{chemical} was given for {disease} .",
    "Patients with {disease} took {chemical} daily .",
    "No change was seen in the control group .",
    "{disease} is caused by {chemical} , not by {chemical} .",
    "The dose of {chemical} was 20 mg .",
]


def sentences(n: int, seed: int = 0) -> list[list[tuple[str, str]]]:
    """Return n sentences as (words, label) pieces; the label is empty outside of entities."""
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        pieces = []
        for word in rng.choice(FRAMES).split():
            if word.startswith("{"):
                names, label = (DISEASES, "Disease") if "disease" in word else (CHEMICALS, "Chemical")
                pieces.append((rng.choice(names), label))
            else:
                pieces.append((word, ""))
        made.append(pieces)
    return made


def make_doc(vocab: Vocab, *parts: list[tuple[str, str]]) -> Doc:
    """Return a Doc of these sentences with their entities and sentence starts."""
    words, starts, spans = [], [], []
    for part in parts:
        first = len(words)
        for text, label in part:
            tokens = text.split()
            if label:
                spans.append((len(words), len(words) + len(tokens), label))
            words.extend(tokens)
        starts.extend(i == first for i in range(first, len(words)))
    doc = Doc(vocab, words=words, sent_starts=starts)
    doc.set_ents([Span(doc, start, end, label=label) for start, end, label in spans])
    return doc


def make_examples(vocab: Vocab, n: int = 60, seed: int = 0) -> list[Example]:
    """Return one Example a sentence."""
    references = [make_doc(vocab, sentence) for sentence in sentences(n, seed)]
    return [Example(bare(reference), reference) for reference in references]


def bare(doc: Doc) -> Doc:
    """Return a Doc of the same words and sentence starts, and nothing else."""
    return Doc(doc.vocab, words=[t.text for t in doc], sent_starts=[t.is_sent_start for t in doc])
