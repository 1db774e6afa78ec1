"""Answers of saved runs: by task, averaged, compared, reported; of files against files; in the model card."""

import pytest
import spacy
from answer_runs import FOUND, add_answer_run, found, gold
from commands import runner
from related_runs import add_related_run

from spacy_bioner.experiments.analysis.answer_errors import KINDS
from spacy_bioner.experiments.answer_summary import answers_dict, answers_summary
from spacy_bioner.experiments.comparison.compare import compare_runs, comparison_text
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files, scores_text
from spacy_bioner.experiments.report.page import write_report
from spacy_bioner.experiments.runs import by_task, read_runs
from spacy_bioner.experiments.summary import curve_dict, curve_table
from spacy_bioner.formats import Document, write

F1 = (1 + 2 / 3 + 0 + 1) / 4


@pytest.fixture
def runs(tmp_path):
    for system in FOUND:
        for seed in (0, 1):
            add_answer_run(tmp_path / "runs" / system / f"seed-{seed}", system, seed=seed, size=10 + seed)
    return tmp_path / "runs"


def test_runs_without_entities_count_for_their_answers_alone(runs):
    tasks = by_task(read_runs([runs]))
    assert list(tasks) == ["answers"]
    assert [(run.scores["em"], run.scores["f"]) for run in tasks["answers"][::2]] == [
        (0.5, pytest.approx(F1)),
        (0.25, 0.25),
    ]
    figures = answers_dict(tasks["answers"])
    assert figures["good"]["f"]["mean"] == pytest.approx(F1)
    assert list(figures["good"]) == ["em", "f"]
    line = next(line for line in answers_summary(tasks["answers"]).splitlines() if line.startswith("good"))
    assert line.split() == ["good", "50.00", "\u00b1", "0.00", "66.67", "\u00b1", "0.00", "4", "2"]
    assert "66.67" in curve_table(tasks["answers"], ", answers")
    assert curve_dict(tasks["answers"])["good"]["f1"]["10"]["mean"] == pytest.approx(F1)


def test_compare(runs):
    figures = compare_runs([runs], trials=200)
    assert list(figures) == ["answers"]
    good, poor = (figures["answers"]["systems"][system] for system in FOUND)
    assert good["errors"] == dict(zip(KINDS, (4, 2, 2, 0, 0), strict=True))
    assert poor["errors"] == dict(zip(KINDS, (2, 0, 2, 2, 2), strict=True))
    (pair,) = figures["answers"]["pairs"]
    assert (pair["systems"], pair["difference"]) == (["poor", "good"], pytest.approx(F1 - 0.25))
    assert 0 < pair["p_randomisation"] <= 1
    text = comparison_text(figures)
    assert "66.67" in text
    assert "missed" not in text
    assert "R seen" not in text


def test_report(runs, tmp_path):
    pytest.importorskip("matplotlib")
    write_report([runs], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert "<h1>Answers to questions on tiny</h1>" in page
    for shown in (
        "Which sign?",
        "severe headache",
        "within an hour",
        "0.7500",
        "an answer where there is none",
        "66.67",
    ):
        assert shown in page
    assert "No system made an error" not in page
    assert "boundaries" not in page
    add_related_run(tmp_path / "runs" / "net", "net")
    write_report([runs], tmp_path / "page.html", max_cases=2)
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert "Entities, relations and answers" in page
    assert "are shown, sampled evenly" in page


def test_a_scoreboard_shows_no_score_of_entities_where_there_are_none(runs, tmp_path):
    run = runner("scoreboard")
    path = tmp_path / "board.md"
    run(runs, "-o", path, code=1)
    assert not path.exists()
    add_related_run(tmp_path / "runs" / "net", "net")
    assert "B852" in run(runs, "-o", path)
    assert "| net |" in path.read_text(encoding="utf8")
    assert "good" not in path.read_text(encoding="utf8")


def test_files_against_files():
    matches, _ = match_documents(gold(), [found("good")])
    figures = score_files(matches, ["good"], trials=200)
    assert figures["answers"]["systems"]["good"]["answers_em"] == 0.5
    text = scores_text(figures)
    assert "exact match" in text
    assert "exact span" not in text
    lacking = found("poor")[2:]
    both = score_files(match_documents(gold(), [found("good"), lacking])[0], ["good", "poor"], trials=200)
    assert both["answers"]["systems"]["poor"] | {"bootstrap95": []} == {
        **{"answers_em": 0.25, "answers_f1": 0.25, "answers_questions": 4, "answers_without_gold": 0},
        "bootstrap95": [],
    }
    assert [pair["systems"] for pair in both["answers"]["pairs"]] == [["poor", "good"]]
    assert "boundary F1" not in scores_text(both)
    assert "answers" not in score_files(match_documents([Document("a")], [[Document("a")]])[0], ["x"], trials=200)


def test_check_counts_questions(tmp_path):
    write([*gold(), Document("", id="e", question=gold()[3].question)], tmp_path / "a.jsonl")
    printed = runner("check")(tmp_path / "a.jsonl")
    assert "questions 5 to 2 texts 3 with answers, 3 of them located in the text 2 impossible, 0 of unknown" in printed
    assert "Training learns 5 of 5 questions" in printed
    assert "There are no mentions" not in printed
    assert "documents 5 0 repeat another" in printed
    assert "sentences 1 0 repeat another" in printed


def test_the_card_of_answers_and_relations(tmp_path):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "Drug", "pattern": "aspirin"}])
    relations = nlp.add_pipe("bioner_relations")
    nlp.add_pipe("bioner_answers")
    relations.cfg.update(labels=["treats"], pairs=[["Drug", "Disease"]])
    from spacy_bioner.experiments.card import Facts, describe, render

    meta = {**nlp.meta, "sources": [], "requirements": [], "description": describe(nlp)}
    scores = {"answers_em": 0.5, "answers_f1": 0.625, "relations_f": 0.5, "relations_p": 0.5, "relations_r": 0.5}
    scores |= {"relations_per_type": {}, "relations_counts": {"tp": 1, "fp": 1, "fn": 1}, "ents_f": 0.0}
    scores |= {"ents_counts": {"tp": 0, "fp": 0, "fn": 0}}
    card = " ".join(render(nlp, meta, Facts(), scores).split())
    assert "Finds mentions of Drug in text, by entity" in card
    assert "Relates entities (Drug -> Disease) as treats, by bioner" in card
    assert "for relation in doc._.relations:" in card
    assert "for ent in doc.ents:" in card
    assert "ask(nlp, " in card
    assert "| exact match | 50.00 |" in card
    assert "| all | 50.00 | 50.00 | 50.00 | 1 | 1 | 1 |" in card
    assert "0 of 100 gold mentions" not in card
    for name in ("entity_ruler", "bioner_relations"):
        nlp.remove_pipe(name)
    assert describe(nlp) == "Answers questions by words of a text, by bioner_answers."
    alone = render(
        nlp, {**meta, "description": describe(nlp)}, Facts(), {k: v for k, v in scores.items() if "rel" not in k}
    )
    assert "doc.ents" not in alone
    assert "mentions" not in alone
    assert "**Intended use.** Answering questions in text" in alone
