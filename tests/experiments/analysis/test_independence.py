"""What is right and wrong together is one unit of the tests of significance, wherever they are."""

import json

import numpy as np
import pytest
from answer_runs import add_answer_run
from commands import runner
from runs_on_disk import add_run

from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.analysis.independence import independent_units
from spacy_bioner.experiments.comparison.compare import compare_runs, comparison_text
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files, scores_text
from spacy_bioner.experiments.runs import FILE, Run, read_run, write_run
from spacy_bioner.formats import Answer, Document, Mention, Question
from spacy_bioner.scoring import score, to_dict

RIGHT = {"one": [1, 0, 1, 0, 0, 1, 0, 1], "other": [1, 1, 1, 0, 1, 1, 1, 1]}
"""Which of eight mentions or questions each system finds."""


def asked(number, name, answer=None):
    answers = (Answer(answer, score=0.9),) if answer else ()
    return Document("Digoxin was given.", id=name, question=Question("What was given?", answers, group=f"q{number}"))


def marked(name, found, meta=None):
    return Document("The rash.", [Mention(4, 8, "ADR")] if found else [], name, meta=meta or {})


def copies(times, name, make):
    """Return the documents of each number, ``times`` times, under the ids that ``name`` makes."""
    return [make(number, name(number, copy)) for number in range(8) for copy in range(times)]


def of_kind(kind, times):
    """Return the gold, and the documents of both systems."""
    if kind == "question":
        gold = copies(times, "s{}-{}".format, lambda number, name: asked(number, name, "Digoxin"))
        found = {
            system: copies(times, "s{}-{}".format, lambda n, name, r=right: asked(n, name, "Digoxin" if r[n] else None))
            for system, right in RIGHT.items()
        }
        return gold, found
    name = {"sentence": "d{}#{}", "-": "d{}-{}", "review": "x{}{}", "re:^d[0-9]": "d{}.{}"}[kind].format
    make = {system: lambda n, name, r=right: marked(name, r[n], {"review": n}) for system, right in RIGHT.items()}
    gold = copies(times, name, lambda n, name: marked(name, True, {"review": n}))
    return gold, {system: copies(times, name, one) for system, one in make.items()}


def runs_of(folder, kind, times, **given):
    gold, found = of_kind(kind, times)
    for system, documents in found.items():
        triples = [[(m.start, m.end, m.label) for m in d.mentions] for d in (*gold, *documents)]
        metrics = to_dict(score(zip([d.id for d in gold], triples[: len(gold)], triples[len(gold) :], strict=True)))
        if kind == "question":
            metrics |= {"answers_em": 0.5, "answers_f1": 0.5, "answers_questions": len(gold)}
        run = Run(folder / system, system, "toy", group=kind if kind in ("-", "review", "re:^d[0-9]") else "", **given)
        write_run(run, metrics, gold, documents, {})
    return compare_runs([folder], trials=500)


@pytest.mark.parametrize("kind", ["question", "sentence", "-", "review", "re:^d[0-9]"])
def test_copies_of_what_belongs_together_are_no_new_evidence(tmp_path, kind):
    """Four rows in place of each one: the same intervals and p values, and the tables say over what they are."""
    figures = [runs_of(tmp_path / str(times), kind, times) for times in (1, 4)]
    task = "answers" if kind == "question" else None
    once, often = ((one[task] if task else one) for one in figures)
    for name in ("difference", "bootstrap95", "p_randomisation"):
        assert often["pairs"][0][name] == pytest.approx(once["pairs"][0][name]), name
    for system in RIGHT:
        assert often["systems"][system]["bootstrap95"] == pytest.approx(once["systems"][system]["bootstrap95"])
    unit = {"question": "question", "sentence": "document"}.get(kind, "group")
    assert often["independent"] == {"unit": unit, "number": 8}
    assert f"p (8 {unit}s)" in comparison_text(figures[1])


@pytest.mark.parametrize("kind", ["question", "sentence"])
def test_files_against_files_likewise(kind):
    figures = []
    for times in (1, 4):
        gold, found = of_kind(kind, times)
        matches, _ = match_documents(gold, list(found.values()))
        figures.append(score_files(matches, list(found), trials=500))
    once, often = ((one["answers"] if kind == "question" else one) for one in figures)
    for name in ("bootstrap95", "p_randomisation"):
        assert often["pairs"][0][name] == pytest.approx(once["pairs"][0][name]), name
    assert often["systems"]["one"]["bootstrap95"] == pytest.approx(once["systems"]["one"]["bootstrap95"])
    assert f"p (8 {'question' if kind == 'question' else 'document'}s)" in scores_text(figures[1])


def test_documents_without_ids_and_without_what_the_rule_looks_for_are_units():
    documents = [Document("a"), Document("b"), Document("c", id="7"), Document("d", id="8", meta={"review": "x"})]
    for rule in ("", "-", "review"):
        assert independent_units(enumerate(documents), rule).number == 4
    units = independent_units(enumerate([*documents, asked(1, "9"), asked(1, "10")]))
    assert str(units) == "5 groups", "questions and documents"
    assert units.summed(np.ones((6, 3), int)).tolist() == [[1, 1, 1]] * 4 + [[2, 2, 2]]


def test_seeds_and_folds(tmp_path):
    """Seeds add to the units, folds are others: made-up ids may be the same there."""
    for fold in (0, 1):
        for seed in (0, 1):
            add_run(tmp_path / f"{fold}/{seed}", fold=fold, folds=2, seed=seed, group="-")
    assert compare_runs([tmp_path], trials=100)["independent"] == {"unit": "group", "number": 2}
    for fold in (0, 1):  # a question is the same in all of them
        for system, found in of_kind("question", 1)[1].items():
            run = Run(tmp_path / f"asked/{system}{fold}", system, "toy", fold=fold, folds=2)
            metrics = {**to_dict(score([])), "answers_em": 0.5, "answers_f1": 0.5, "answers_questions": 8}
            write_run(run, metrics, of_kind("question", 1)[0], found, {})
    assert compare_runs([tmp_path / "asked"], trials=100)["answers"]["independent"]["number"] == 8


def test_of_two_experiments_the_coarser_rule_holds(tmp_path):
    add_run(tmp_path / "a", "crf", group="-")
    add_run(tmp_path / "b", "dictionary")
    assert compare_runs([tmp_path], trials=100)["independent"] == {"unit": "group", "number": 1}


def test_a_run_that_does_not_say_how_it_was_grouped_is_refused(tmp_path):
    add_run(tmp_path / "a")
    add_answer_run(tmp_path / "b", "good")
    for folder in ("a", "b"):
        file = tmp_path / folder / FILE
        record = json.loads(file.read_text())
        assert record.pop("group") == ""
        file.write_text(json.dumps(record))
        assert read_run(tmp_path / folder).group is None
        with pytest.raises(BionerError, match="B856"):
            compare_runs([tmp_path / folder])
    said = runner("report")(tmp_path / "a", "-o", tmp_path / "page.html")
    assert "1 run" in said
