"""Runs of two systems on a tiny corpus, as files."""

from collections import Counter

from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.formats import Document, Mention
from spacy_bioner.scoring import score, to_dict

TEXTS = [
    "Aspirin gave me a bad rash.",
    "No <script>document.title = 'broken'</script> & no \"nausea\" after digoxin.",
    "Stomach pain \U0001f912 and fever after ibuprofen.",
]
GOLD = [
    [("Aspirin", "Drug"), ("bad rash", "ADR")],
    [("digoxin", "Drug")],
    [("Stomach pain", "ADR"), ("fever", "ADR"), ("ibuprofen", "Drug")],
]
FOUND = {
    "crf": [
        [("Aspirin", "Drug", 0.9), ("rash", "ADR", 0.6)],
        [("nausea", "ADR", 0.4), ("digoxin", "Drug", 0.8)],
        [("Stomach pain", "ADR", 0.7), ("fever", "ADR", 0.9), ("ibuprofen", "Drug", 0.95)],
    ],
    "dictionary": [
        [("Aspirin", "Drug", 1.0)],
        [("<script>", "Drug", 1.0)],
        [("fever", "Drug", 1.0), ("ibuprofen", "Drug", 1.0)],
    ],
}
"""Right: crf 5 of 7 found and of 6 in the gold; dictionary 2 of 4 and of 6."""


def document(number, found):
    text = TEXTS[number]
    places = [(text.index(words), text.index(words) + len(words), label, *score) for words, label, *score in found]
    mentions = [Mention(*place[:3], score=place[3] if len(place) > 3 else None) for place in places]
    return Document(text, mentions, f"doc-{number}")


def triples(documents):
    return [[(m.start, m.end, m.label) for m in d.mentions] for d in documents]


def add_run(folder, system="crf", *, found=None, corpus="tiny", **given):
    """Write a run whose scores are those of what was found."""
    gold = [document(i, mentions) for i, mentions in enumerate(GOLD)]
    predicted = [document(i, mentions) for i, mentions in enumerate(FOUND[found or system])]
    scores = score(zip([d.id for d in gold], triples(gold), triples(predicted), strict=True))
    metrics = {**to_dict(scores), "ents_unreachable": 0, "documents": 3, "tokens": 40, "speed": 1000.0}
    given = {"seconds": 2.5, "train": {"documents": 10, "sentences": 100, "mentions": 50}, **given}
    run = Run(folder, system, corpus, f"configs/{system}.cfg", **given)
    write_run(run, metrics, gold, predicted, Counter({("Drug", "Aspirin"): 3}))
    return run
