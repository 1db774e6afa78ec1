"""Runs with relations on disk: three documents, two systems, every count by hand."""

from spacy_bioner.documents.document import Relation
from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.formats import Document, Mention
from spacy_bioner.pipeline.relations.scorer import scores_of
from spacy_bioner.pipeline.relations.units import found_units, gold_units, relations_of
from spacy_bioner.scoring import compare, score, to_dict

TEXTS = [
    "Aspirin \U0001f912 caused asthma, and digoxin was given for angina.",
    "Rash followed penicillin. Nothing else was seen in any of the other patients of this ward.",
    "Morphine helped against pain.",
]
MENTIONS = [
    [("Aspirin", "Drug"), ("asthma", "Disease"), ("digoxin", "Drug"), ("angina", "Disease")],
    [("Rash", "Disease"), ("penicillin", "Drug")],
    [("Morphine", "Drug"), ("pain", "Disease")],
]
GOLD = [[("Aspirin", "causes", "asthma"), ("digoxin", "treats", "angina")], [("penicillin", "causes", "Rash")], []]
FOUND = {
    "net": [
        [("Aspirin", "causes", "asthma", 0.9), ("digoxin", "causes", "angina", 0.6)],
        [("Rash", "causes", "penicillin", 0.7)],
        [("Morphine", "causes", "pain", 0.55)],
    ],
    "rules": [[("Aspirin", "causes", "asthma", 0.8), ("digoxin", "treats", "angina", 0.8)], [], []],
}
"""net: 1 right, a wrong type, a wrong direction, one spurious; rules: 2 right, one missed."""


def document(number, related):
    text, known = TEXTS[number], MENTIONS[number]
    places = {words: text.index(words) for words, _ in known}
    mentions = [
        Mention(places[words], places[words] + len(words), label, id=f"T{i}", score=1.0)
        for i, (words, label) in enumerate(known)
    ]
    ids = {words: mention.id for (words, _), mention in zip(known, mentions, strict=True)}
    relations = [
        Relation(label, (("Arg1", ids[head]), ("Arg2", ids[tail])), f"R{i}", *score)
        for i, (head, label, tail, *score) in enumerate(related)
    ]
    return Document(text, mentions, f"doc-{number}", relations=relations)


def add_related_run(folder, system, **given):
    """Write a run whose scores are those of FOUND."""
    gold = [document(i, related) for i, related in enumerate(GOLD)]
    found = [document(i, related) for i, related in enumerate(FOUND[system])]
    results = []
    for truth, guess in zip(gold, found, strict=True):
        units = found_units([one for one, _ in relations_of(guess)], truth.mentions, truth.relations)
        results.append(compare(gold_units(truth.mentions, truth.relations), [unit for each in units for unit in each]))
    spans = [[(m.start, m.end, m.label) for m in one.mentions] for one in gold]
    entities = to_dict(score(zip([d.id for d in gold], spans, spans, strict=True)))
    run = Run(folder, system, "tiny", **given)
    write_run(
        run, {**entities, **scores_of(results), "relations_directed": True}, gold, found, {("Drug", "Aspirin"): 1}
    )
    return run
