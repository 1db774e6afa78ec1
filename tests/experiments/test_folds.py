"""Folds and their seeds: seeds of a fold are not runs of their own for intervals, deviations and t tests."""

import pytest
from answer_runs import add_answer_run
from runs_on_disk import FOUND, add_run
from scipy import stats

from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.answer_summary import answer_intervals, answers_summary
from spacy_bioner.experiments.comparison.compare import compare_runs, comparison_text
from spacy_bioner.experiments.folds import check_designs, check_distinct, missing_folds, number_of_runs, over_folds
from spacy_bioner.experiments.measured import join_measured, measured_of
from spacy_bioner.experiments.report.scores import figure, of_type
from spacy_bioner.experiments.runs import Run, read_runs
from spacy_bioner.experiments.scoreboard import scoreboard
from spacy_bioner.experiments.summary import interval, summarise, summary_dict, summary_table

F1 = [0.70, 0.75, 0.80, 0.72, 0.78]


def runs(path, seeds, scores=F1, system="crf", **given):
    """Runs of a system without chance: each seed of a fold has the same score."""
    made = []
    for fold, f in enumerate(scores):
        for seed in range(seeds):
            values = {"corpus": "toy", "fold": fold, "folds": len(scores), "seed": seed} | given
            one = Run(path / system / f"{fold}/{seed}", system, **values)
            types = {"ADR": {"p": f, "r": f, "f": f}}
            one.__dict__["metrics"] = {"ents_p": f, "ents_r": f, "ents_f": f, "ents_per_type": types}
            made.append(one)
    return made


def f1_of(run):
    return run.scores["f"]


@pytest.mark.parametrize("seeds", [1, 3, 10])
def test_more_seeds_without_chance_change_no_interval(tmp_path, seeds):
    low, high = stats.t.interval(0.95, 4, loc=0.75, scale=stats.sem(F1))
    made = runs(tmp_path, seeds)
    half = pytest.approx((high - low) / 2)
    assert interval(over_folds(made, f1_of)).half == half
    assert summarise(made)["crf"]["all"]["f"].half == half
    assert summarise(made)["crf"]["ADR"]["f"].half == half
    assert summary_dict(made)["crf"]["all"]["f"]["values"] == pytest.approx(F1)
    assert figure(over_folds(made, f1_of))[1].half == pytest.approx(100 * (high - low) / 2)
    assert figure(of_type(made, "ADR", "f"))[1].half == pytest.approx(100 * (high - low) / 2)
    assert f"75.00 ± {100 * interval(F1).deviation:.2f}" in scoreboard([measured_of(one) for one in made])
    assert "F1 ± 95% CI" in summary_table(made)
    assert summary_table(made).split()[-1] == str(5 * seeds), "the runs are counted as they are"


def test_a_value_is_the_mean_of_the_seeds_of_a_fold(tmp_path):
    made = [*runs(tmp_path, 1, [0.5, 0.7]), *runs(tmp_path, 1, [0.7], seed=1, folds=2)]
    assert over_folds(made, f1_of) == pytest.approx([0.6, 0.7])
    assert over_folds(made, lambda run: None if run.seed else 0.5) == [0.5, 0.5]
    other = [*made, *runs(tmp_path, 2, [0.1, 0.2], corpus="other")]
    assert len(over_folds(other, f1_of)) == 4, "folds of two corpora are not the same"
    assert len(over_folds(runs(tmp_path, 3, [0.1, 0.2], fold=None), f1_of)) == 6, "without folds each seed counts"


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_t_test_is_over_folds(tmp_path, seeds):
    """Three folds with fixed predictions, so that the seeds repeat each other."""
    for fold in range(3):
        for seed in range(seeds):
            # In fold 0 and 1 the systems differ, in fold 2 they do not.
            for system, found in (("crf", "crf"), ("dictionary", "crf" if fold == 2 else "dictionary")):
                add_run(tmp_path / system / f"{fold}/{seed}", system, found=found, fold=fold, folds=3, seed=seed)
    (pair,) = compare_runs([tmp_path], trials=200)["pairs"]
    better, worse = 10 / 13, 4 / 10
    assert pair["p_t_test"] == pytest.approx(stats.ttest_rel([better, better, better], [worse, worse, better]).pvalue)


def test_answers_are_averaged_over_folds(tmp_path):
    for fold, system in enumerate(FOLDS):
        for seed in range(2):
            add_answer_run(tmp_path / f"{fold}/{seed}", system, fold=fold, folds=3, seed=seed)
    made = [Run(one.path, "net", "tiny", fold=one.fold, folds=3, task="answers") for one in read_runs([tmp_path])]
    values = answer_intervals(made)["em"].values
    assert len(values) == 3
    assert "EM ± 95% CI" in answers_summary(made)


FOLDS = ("good", "poor", "good")


def test_missing_folds_are_told(tmp_path):
    made = runs(tmp_path, 2)
    assert (missing_folds(made), number_of_runs(made)) == ("", "10")
    some = [one for one in made if one.fold != 3]
    assert (missing_folds(some), number_of_runs(some)) == ("4 of 5 folds", "8, 4 of 5 folds")
    assert missing_folds(runs(tmp_path, 1, [0.5], folds=None)) == ""
    assert "8, 4 of 5 folds" in summary_table(some)
    assert "8, 4 of 5 folds" in scoreboard([measured_of(one) for one in some])


def test_missing_folds_of_a_comparison(tmp_path):
    for system in FOUND:
        add_run(tmp_path / system, system, fold=1, folds=2, seed=0)
    figures = compare_runs([tmp_path], trials=200)
    assert figures["missing_folds"] == ["crf on tiny: 1 of 2 folds", "dictionary on tiny: 1 of 2 folds"]
    assert comparison_text(figures)


@pytest.mark.parametrize("other", [{"folds": 3}, {"folds": None}, {"fold": None, "folds": None}])
def test_designs_do_not_mix(tmp_path, other):
    made = runs(tmp_path, 1)
    check_designs(("crf", one) for one in made)
    odd = runs(tmp_path, 1, [0.5], seed=7, **other)
    with pytest.raises(BionerError, match=r"B853.*crf/0/0"):
        check_designs(("crf", one) for one in [*made, *odd])
    for elsewhere in ({"corpus": "other"}, {"size": 50}):
        check_designs(("crf", one) for one in [*made, *runs(tmp_path, 1, [0.5], **{**other, **elsewhere})])
    check_designs([*(("crf", one) for one in made), *(("net", one) for one in odd)])


def test_no_run_counts_twice(tmp_path):
    made = runs(tmp_path, 2)
    check_distinct(("crf", one) for one in made)
    with pytest.raises(BionerError, match="B843"):
        check_distinct(("crf", one) for one in [*made, *runs(tmp_path / "old", 1, [0.5], folds=5)])


def test_kept_figures_of_two_designs_are_two_rows(tmp_path):
    three, two = ([measured_of(one) for one in runs(tmp_path, 1, scores)] for scores in ([0.3] * 3, [0.5] * 2))
    page = scoreboard(join_measured(three, two))
    assert "| crf, cross-validation, 2 folds | 50.00 ± 0.00 |" in page
    assert "| crf, cross-validation, 3 folds | 30.00 ± 0.00 |" in page
    assert "cross-validation" not in scoreboard(two)
