"""``spacy bioner crossval`` with trained pipelines: they are tested without training, beside configs."""

import shutil
from pathlib import Path

import pytest
import spacy
from commands import runner
from places import CONFIGS
from trials_here import trials_here

from spacy_bioner.experiments.measured import measured_of
from spacy_bioner.experiments.runs import read_runs
from spacy_bioner.experiments.trials import runner as running
from spacy_bioner.formats import Document, Mention, write

DICTIONARY = str(CONFIGS / "dictionary.cfg")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with training and test data; trials run in this process."""
    monkeypatch.setattr(running, "_in_processes", trials_here)
    monkeypatch.chdir(tmp_path)
    write([document("Rash"), document("Fever")], tmp_path / "train.jsonl")
    write([document("Rash"), document("Dizziness")], tmp_path / "test.jsonl")
    return tmp_path


def document(term):
    return Document(f"{term} after a dose.", [Mention(0, len(term), "ADR")], term)


def pipeline(path, *terms):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([(term, "ADR") for term in terms])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(path)
    return str(path)


def run(command, *arguments, code=0):
    return runner(command)(*arguments, code=code)


def scores(place="runs"):
    return {(one.system, one.fold, one.seed): round(one.scores["f"], 4) for one in read_runs([Path(place)])}


def test_beside_a_config(place):
    given = ["crossval", DICTIONARY, f"theirs={pipeline('theirs', 'rash', 'dizziness')}", "train.jsonl"]
    given += ["--test", "test.jsonl", "--dev", 0, "-o", "runs", "--seeds", 2, "--components.dictionary.case_length", 0]
    run(*given)
    # Every seed would give the same scores, so that a pipeline is tested once.
    assert scores() == {("dictionary", None, 0): 0.6667, ("dictionary", None, 1): 0.6667, ("theirs", None, 0): 1.0}
    theirs = read_runs([place / "runs/theirs"])[0]
    assert (theirs.seconds, theirs.processor_seconds, theirs.overrides) == (None, None, {})
    assert theirs.pipeline_bytes == sum(file.stat().st_size for file in (place / "theirs").rglob("*") if file.is_file())
    assert measured_of(theirs).speed > 0
    assert run(*given).count("existing") == 3
    shutil.rmtree("theirs")
    pipeline("theirs", "rash")
    assert "B832" in run(*given, code=1)
    run(*given, "--overwrite")
    assert scores()["theirs", None, 0] == 0.6667
    assert "theirs" in run("compare", "runs")


def test_a_pipeline_for_each_fold_and_seed(place):
    for fold, seed, terms in ((1, 0, ["rash"]), (1, 1, ["none"]), (2, 0, ["fever"]), (2, 1, ["fever"])):
        pipeline(f"trained/{fold}/{seed}", *terms)
    for fold, term in ((1, "Rash"), (2, "Fever")):
        write([document(term)], place / f"data/{fold}/test.jsonl")
        shutil.copy("train.jsonl", f"data/{fold}/train.jsonl")
    given = ["crossval", "own=trained/{fold}/{seed}", "data/{fold}/train.jsonl", "--test", "data/{fold}/test.jsonl"]
    given += ["--folds", 2, "--seeds", 2, "--dev", 0]
    run(*given, "-o", "runs")
    assert scores() == {("own", 1, 0): 1.0, ("own", 1, 1): 0.0, ("own", 2, 0): 1.0, ("own", 2, 1): 1.0}
    shutil.rmtree("trained/2/1")
    assert "B804" in run(*given, "-o", "more", code=1)
    assert not (place / "more").exists()


def test_drawn_folds(place):
    run(
        "crossval",
        f"theirs={pipeline('theirs', 'rash', 'fever')}",
        "train.jsonl",
        "--folds",
        2,
        "--dev",
        0,
        "-o",
        "runs",
    )
    assert scores() == {("theirs", 0, 0): 1.0, ("theirs", 1, 0): 1.0}


def test_an_installed_package(place, monkeypatch):
    """A package is loaded, weighed and watched for changes by its folder."""
    pipeline("site/en_theirs/en_theirs-1.0", "rash")
    (place / "site/en_theirs/meta.json").write_text((place / "site/en_theirs/en_theirs-1.0/meta.json").read_text())
    (place / "site/en_theirs/__init__.py").write_text(
        "from pathlib import Path\nfrom spacy.util import load_model_from_path\n"
        "def load(**options):\n    return load_model_from_path(Path(__file__).parent / 'en_theirs-1.0', **options)\n"
    )
    (place / "site/en_theirs-1.0.dist-info").mkdir()
    about = "Metadata-Version: 2.1\nName: en_theirs\nVersion: 1.0\n"
    (place / "site/en_theirs-1.0.dist-info/METADATA").write_text(about)
    monkeypatch.syspath_prepend(str(place / "site"))
    given = ["crossval", "en_theirs", "train.jsonl", "--test", "test.jsonl", "--dev", 0, "-o", "runs"]
    run(*given)
    assert scores() == {("en_theirs", None, 0): 0.6667}
    pipeline("site/en_theirs/en_theirs-1.0", "fever")
    assert "B832" in run(*given, code=1)


@pytest.mark.parametrize("given", ["out", "out/none", "no_such_package", "out/{fold}"])
def test_no_pipeline(place, given):
    pipeline("out/model-last", "rash")
    told = run("crossval", f"x={given}", "train.jsonl", "--test", "test.jsonl", "-o", "runs", code=1)
    assert ("out/model-last" in told and "B804" in told) if given == "out" else ("B804" in told or "B840" in told)
    assert given in told


def test_a_learning_curve_trains(place):
    given = ["curve", pipeline("theirs", "rash"), "train.jsonl", "--test", "test.jsonl", "-o", "runs"]
    assert "B867" in run(*given, "--sizes", "1,2", code=1)
    assert "B867" in run(*given, "--strategies", "random", "--sizes", "5", code=1)
    assert not (place / "runs").exists()
