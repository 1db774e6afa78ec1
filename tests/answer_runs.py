"""Runs with answers on disk: four questions to two texts, two systems, every score by hand."""

from spacy_bioner.experiments.analysis.answer_errors import scores_of_documents
from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.formats import Answer, Document, Question
from spacy_bioner.scoring import score, to_dict

TEXT = "Aspirin relieved her severe headache within an hour."
GOLD = {"drug": "Aspirin", "sign": "severe headache", "time": "within an hour", "dose": ""}
FOUND = {
    "good": {"drug": "Aspirin", "sign": "headache", "time": "her severe", "dose": ""},
    "poor": {"drug": "", "sign": "Aspirin", "time": "within an hour", "dose": "hour"},
}
"""good: exact, partly right (F1 2/3), wrong, rightly none; poor: none, wrong, exact, an answer where there is none."""


def asked(name, answer, score=None):
    answers = (Answer(answer, TEXT.index(answer), score),) if answer else ()
    return Document(TEXT, id=name, question=Question(f"Which {name}?", answers, impossible=not answers))


def gold():
    return [asked(name, answer) for name, answer in GOLD.items()]


def found(system):
    return [asked(name, answer, 0.75) for name, answer in FOUND[system].items()]


def add_answer_run(folder, system, **given):
    """Write a run whose answers are those of FOUND."""
    pairs = list(zip(gold(), found(system), strict=True))
    entities = to_dict(score((one.id, [], []) for one in gold()))
    run = Run(folder, system, "tiny", **given)
    write_run(run, {**entities, **scores_of_documents(pairs)}, gold(), found(system), {})
    return run
