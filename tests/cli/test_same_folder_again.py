"""``spacy bioner crossval`` and ``curve`` once more into the same folder, with other sizes, folds, seeds or data."""

import json
import shutil

import pytest
import spacy
from commands import runner
from places import CONFIGS
from trials_here import trials_here

from spacy_bioner.experiments import runs as runs_module
from spacy_bioner.experiments.runs import read_run, read_runs, remove_results
from spacy_bioner.experiments.trials import runner as running
from spacy_bioner.formats import Document, Mention, write

DICTIONARY, CRF = str(CONFIGS / "dictionary.cfg"), str(CONFIGS / "crf.cfg")
TERMS = ["rash", "fever", "dry mouth", "nausea", "cough"]


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The folders of the trials that were run, in this process."""
    folders = []

    def make(planned, *how):
        for trial, run in trials_here(planned, *how):
            folders.append(trial.path.relative_to("runs").as_posix())
            yield trial, run

    monkeypatch.setattr(running, "_in_processes", make)
    monkeypatch.chdir(tmp_path)
    write(documents(18), tmp_path / "data.jsonl")
    write(documents(6), tmp_path / "test.jsonl")
    return folders


def documents(n, word="dose"):
    terms = [TERMS[i % len(TERMS)] for i in range(n)]
    return [
        Document(f"{term.capitalize()} after {word} {i}.", [Mention(0, len(term), "ADR")], str(i))
        for i, term in enumerate(terms)
    ]


def run(command, *arguments, code=0):
    return runner(command)(*arguments, code=code)


def crossval(*arguments, output="runs", code=0):
    return run("crossval", f"d={DICTIONARY}", "data.jsonl", "-o", output, *arguments, code=code)


def chosen_words(place, size):
    found = read_run(place / f"crf-entropy/size-{size}/seed-0")
    return found.unit, found.train, found.train_mentions()


def curve(output, sizes):
    given = ["curve", f"crf={CRF}", "data.jsonl", "--test", "test.jsonl", "-o", output, "--dev", 0, "--seeds", 1]
    return run(*given, "--strategies", "entropy", "--sizes", sizes, "--components.crf.max_iterations", 5)


def test_a_selection_for_another_size_is_not_taken(made, tmp_path):
    """A curve that is resumed with other sizes has the samples of a curve that was made with these at once."""
    curve("runs", "10,25")
    curve("runs", "10,50")
    assert made == [
        *(f"crf-{name}/seed-0" for name in ("full/size-76", "entropy/size-10", "entropy/size-25")),
        *(f"crf-entropy/size-{size}/seed-0" for size in (10, 50)),
    ]
    shutil.copytree("runs", "first")
    shutil.rmtree("runs")
    curve("runs", "10,50")
    assert chosen_words(tmp_path / "first", 50) == chosen_words(tmp_path / "runs", 50)
    unit, train, _ = chosen_words(tmp_path / "first", 50)
    assert unit == "words"
    assert train["documents"] > chosen_words(tmp_path / "first", 25)[1]["documents"]


@pytest.mark.parametrize("what", ["pool", "strategy", "seed", "digest"])
def test_a_selection_from_something_else_is_not_taken(made, tmp_path, what):
    curve("runs", "10,25")
    file = tmp_path / "runs/crf-entropy/size-10/seed-0/next.json"
    before = json.loads(file.read_text())
    file.write_text(json.dumps({**before, what: "another", "chosen": [17]}))
    curve("runs", "10,25")
    assert json.loads(file.read_text()) == before
    assert made[3:] == ["crf-entropy/size-10/seed-0"], "its pipeline was gone"


def test_seeds_are_added_to_folds(made):
    crossval("--folds", 2, "--dev", 0)
    crossval("--folds", 2, "--dev", 0, "--seeds", 2)
    assert made == [f"d/fold-{fold}/seed-{seed}" for seed in (0, 1) for fold in (0, 1)]
    assert "B843" not in run("compare", "runs", "--trials", 100)


def f1_of(file, size=None):
    """Return the number of values behind the F1 of each system in the figures of a command."""
    figures = json.loads(file.read_text())
    if size is None:
        return {system: len(rows["all"]["f"]["values"]) for system, rows in figures.items()}
    return {system: len(curve["f1"][size]["values"]) for system, curve in figures.items()}


@pytest.mark.parametrize("how", [["--folds", 2], ["--test", "test.jsonl"]])
def test_earlier_systems_stay_in_the_summary(made, tmp_path, how):
    crossval(*how, "--dev", 0)
    again = run("crossval", f"e={DICTIONARY}", "data.jsonl", "-o", "runs", "--dev", 0, *how)
    assert "d, all" in again or "d, ADR" in again
    assert "Not in" not in again
    assert f1_of(tmp_path / "runs/summary.json") == dict.fromkeys(("d", "e"), 2 if how[0] == "--folds" else 1)
    run("crossval", f"f={DICTIONARY}", "data.jsonl", "-o", "runs/below", "--dev", 0, *how)
    crossval(*how, "--dev", 0)
    assert list(f1_of(tmp_path / "runs/summary.json")) == ["d", "e"], "an experiment below is another one"


def test_earlier_systems_and_sizes_stay_in_the_curve(made, tmp_path):
    given = ["data.jsonl", "-o", "runs", "--test", "test.jsonl", "--dev", 0]
    run("curve", f"d={DICTIONARY}", *given, "--sizes", "4,8", "--seeds", 2)
    run("crossval", f"d={DICTIONARY}", *given)
    printed = run("curve", f"e={DICTIONARY}", *given, "--sizes", "4", "--seeds", 1)
    assert "Not in" not in printed
    assert f1_of(tmp_path / "runs/curve.json", "4") == {"e": 1, "d": 2}
    run("curve", f"e={DICTIONARY}", *given, "--sizes", "8", "--seeds", 1)
    assert f1_of(tmp_path / "runs/curve.json", "4") == f1_of(tmp_path / "runs/curve.json", "8") == {"e": 1, "d": 2}
    assert f1_of(tmp_path / "runs/summary.json") == {"d": 1}


def test_earlier_runs_of_another_kind_are_told_and_not_in_the_summary(made, tmp_path):
    summary = tmp_path / "runs/summary.json"
    crossval("--folds", 3, "--dev", 0)
    assert "Not in runs/summary.json: earlier runs of 3 folds: d" in run(
        "crossval", f"e={DICTIONARY}", "data.jsonl", "-o", "runs", "--folds", 2, "--dev", 0
    )
    assert f1_of(summary) == {"e": 2}
    told = run("crossval", f"f={DICTIONARY}", "data.jsonl", "-o", "runs", "--folds", 2, "--dev", 0, "--name", "other")
    assert "earlier runs of another corpus: d, e" in told
    told = run("crossval", f"g={DICTIONARY}", "data.jsonl", "-o", "runs", "--folds", 2, "--dev", 0, "--seed", 1)
    assert "earlier runs tested on other documents: e" in told
    (tmp_path / "runs/e/fold-0/seed-0/metrics.json").unlink()
    told = run("crossval", f"h={DICTIONARY}", "data.jsonl", "-o", "runs", "--folds", 2, "--dev", 0)
    assert "earlier runs damaged: e/fold-0/seed-0" in told
    assert f1_of(summary) == {"h": 2, "e": 1}


def test_seeds_of_another_training_are_not_pooled(made, tmp_path):
    crossval("--test", "test.jsonl", "--dev", 0, "--seeds", 2)
    changed = ["--test", "test.jsonl", "--dev", 0, "--components.dictionary.case_length=0", "--overwrite"]
    assert "Not in runs/summary.json: earlier runs with another config, other overrides" in crossval(*changed)
    assert f1_of(tmp_path / "runs/summary.json") == {"d": 1}
    crossval(*changed, "--seeds", 2)
    assert "Not in" not in crossval(*changed)
    assert f1_of(tmp_path / "runs/summary.json") == {"d": 2}


def test_folds_of_another_design_are_not_pooled(made, tmp_path):
    pytest.importorskip("matplotlib")
    crossval("--folds", 3, "--dev", 0)
    crossval("--folds", 2, "--dev", 0, "--overwrite")
    for command in ("compare", "report"):
        told = run(command, "runs", code=1)
        assert "B853" in told
        assert "of 2 folds" in told
        assert "of 3 folds" in told
    run("scoreboard", "runs", "-o", "page.md", "--keep", "kept.jsonl")
    rows = [line.split("|") for line in (tmp_path / "page.md").read_text().splitlines() if line.startswith("| d")]
    assert sorted((row[1].strip(), row[5].strip()) for row in rows) == [
        ("d, cross-validation, 2 folds", "2"),
        ("d, cross-validation, 3 folds", "1, 1 of 3 folds"),
    ]


def test_seeds_that_were_tested_on_something_else_are_not_pooled(made):
    pytest.importorskip("matplotlib")
    crossval("--test", "test.jsonl", "--dev", 0, "--seeds", 2)
    run("compare", "runs", "--trials", 100)
    crossval("--test", "data.jsonl", "--dev", 0, "--overwrite")
    for command in ("compare", "report", "scoreboard"):
        assert "B845" in run(command, "runs", code=1)


def test_missing_folds_are_told(made, tmp_path):
    pytest.importorskip("matplotlib")
    crossval("--folds", 3, "--dev", 0, "--seeds", 2)
    for seed in (0, 1):
        (tmp_path / f"runs/d/fold-1/seed-{seed}/run.json").unlink()
    assert "Folds are missing: d on data: 2 of 3 folds" in run("compare", "runs", "--trials", 100)
    run("scoreboard", "runs", "-o", "page.md")
    run("report", "runs", "-o", "page.html")
    for name in ("page.md", "page.html"):
        assert "4, 2 of 3 folds" in (tmp_path / name).read_text()


def test_runs_that_would_count_twice_are_told(made, tmp_path):
    """Such as those of an older layout of the folders."""
    pytest.importorskip("matplotlib")
    crossval("--folds", 2, "--dev", 0)
    shutil.copytree(tmp_path / "runs/d/fold-1/seed-0", tmp_path / "runs/d/old-1")
    for command in ("compare", "report", "scoreboard"):
        assert "B843" in run(command, "runs", code=1)


def test_nothing_of_an_older_run_is_left(made, tmp_path):
    crossval("--test", "test.jsonl", "--dev", 0.25, "--keep-models")
    (old,) = read_runs([tmp_path / "runs"])
    assert old.has_dev
    assert (old.path / "model").is_dir()
    (old.path / "convergence.jsonl").write_text("not of this run\n")
    (old.path / "next.json").write_text("{}")
    write(documents(18, "pill"), tmp_path / "data.jsonl")
    assert "B832" in crossval("--test", "test.jsonl", "--dev", 0, "--keep-models", code=1)
    assert (old.path / "model").is_dir()
    crossval("--test", "test.jsonl", "--dev", 0, "--overwrite")
    (new,) = read_runs([tmp_path / "runs"])
    assert not new.has_dev
    assert len(new.convergence()) == 1
    files = ["convergence.jsonl", "gold.jsonl", "metrics.json", "predictions.jsonl", "run.json", "train_mentions.tsv"]
    assert sorted(file.name for file in new.path.iterdir()) == files


def test_a_trained_pipeline_leaves_nothing_of_a_training(made, tmp_path):
    crossval("--test", "test.jsonl", "--dev", 0.25, "--keep-models")
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "theirs")
    given = ["crossval", "d=theirs", "data.jsonl", "-o", "runs", "--test", "test.jsonl", "--keep-models"]
    run(*given, "--overwrite")
    (new,) = read_runs([tmp_path / "runs"])
    assert new.convergence() == []
    assert not (new.path / "model").exists()
    assert "existing" in run(*given), "where nothing is trained there is no pipeline to keep"


def test_after_a_kill_an_older_run_is_an_unfinished_one(made, tmp_path, monkeypatch):
    crossval("--test", "test.jsonl", "--dev", 0.25, "--keep-models")

    def killed(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(runs_module.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_results(tmp_path / "runs/d/seed-0")
    assert not (tmp_path / "runs/d/seed-0/run.json").exists()
    crossval("--test", "test.jsonl", "--dev", 0)
    assert len(made) == 2
    assert not read_run(tmp_path / "runs/d/seed-0").has_dev


def test_a_finished_run_without_its_pipeline_is_repeated_if_it_is_to_be_kept(made, tmp_path):
    crossval("--folds", 2, "--dev", 0)
    crossval("--folds", 2, "--dev", 0, "--keep-models")
    assert len(made) == 4
    assert all((one.path / "model/meta.json").is_file() for one in read_runs([tmp_path / "runs"]))
    assert crossval("--folds", 2, "--dev", 0, "--keep-models").count("existing") == 2
    assert crossval("--folds", 2, "--dev", 0).count("existing") == 2
    assert (tmp_path / "runs/d/fold-0/seed-0/model").is_dir(), "not asked for, but no reason to remove it"


def test_an_existing_run_is_named_as_it_is_asked_for(made, tmp_path):
    """More of the folds that come as files are the same design, with a new number of folds."""
    for fold in range(3):
        write(documents(18)[fold::3], tmp_path / f"{fold}-test.jsonl")
        write(documents(18)[fold + 1 :: 3], tmp_path / f"{fold}.jsonl")
    given = ["crossval", f"d={DICTIONARY}", "{fold}.jsonl", "--test", "{fold}-test.jsonl", "-o", "runs", "--dev", 0]
    run(*given, "--folds", 2, "--name", "toy")
    assert run(*given, "--folds", 3, "--name", "other").count("existing") == 2
    assert [(one.corpus, one.fold, one.folds) for one in read_runs([tmp_path / "runs"])] == [
        ("other", 0, 3),
        ("other", 1, 3),
        ("other", 2, 3),
    ]
    assert "missing" not in run("compare", "runs", "--trials", 100)


def test_a_pipeline_is_not_tested_into_its_own_folder(made, tmp_path):
    crossval("--test", "test.jsonl", "--dev", 0, "--keep-models")
    given = ["crossval", "d=runs/d/seed-{seed}/model", "data.jsonl", "-o", "runs", "--test", "test.jsonl"]
    assert "B837" in run(*given, "--overwrite", code=1)
    assert (tmp_path / "runs/d/seed-0/model/meta.json").is_file()
