"""``spacy bioner crossval`` and ``curve``: runs on disk, what is skipped, and mistakes told in one message."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import srsly
from places import ASSETS, CONFIGS
from trials_here import trials_here
from typer.testing import CliRunner

from spacy_bioner.cli import app, trial_progress
from spacy_bioner.experiments.runs import read_runs
from spacy_bioner.experiments.trials import runner as running
from spacy_bioner.formats import Document, Mention, write

DICTIONARY = str(CONFIGS / "dictionary.cfg")
TRANSFER = str(CONFIGS / "transfer.cfg")
RELATIONS = str(CONFIGS / "relations.cfg")
TERMS = ["rash", "fever", "dry mouth", "nausea"]


def documents(n=16):
    texts = [(f"{term.capitalize()} after dose {i}.", len(term)) for i in range(n) for term in TERMS[i % 4 :][:1]]
    return [Document(text, [Mention(0, end, "ADR")], f"{i // 2}-{i % 2}") for i, (text, end) in enumerate(texts)]


@pytest.fixture
def data(tmp_path):
    write(documents(), tmp_path / "data.jsonl")
    write(documents(6), tmp_path / "test.jsonl")
    return tmp_path


@pytest.fixture
def in_this_process(monkeypatch):
    """Train in this process; return the folders of the trials, as they are made."""
    made = []

    def make(planned, *how):
        for trial, run in trials_here(planned, *how):
            made.append(trial.path)
            yield trial, run

    monkeypatch.setattr(running, "_in_processes", make)
    return made


def run(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    assert code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result.output


def test_crossval_in_processes(data, monkeypatch):
    arguments = [
        "crossval",
        DICTIONARY,
        data / "data.jsonl",
        "-o",
        data / "runs",
        "--folds",
        2,
        "--jobs",
        2,
        "--group=-",
        "--dev",
        0.25,
    ]
    monkeypatch.setattr(trial_progress, "FIRST", 0.0)
    printed = run(*arguments)
    assert re.search(r"0/2 trials \[.*dictionary/fold-", printed)
    runs = read_runs([data / "runs"])
    assert [(r.system, r.corpus, r.fold, r.folds, r.seed) for r in runs] == [
        ("dictionary", "data", 0, 2, 0),
        ("dictionary", "data", 1, 2, 0),
    ]
    tested = [document for r in runs for document in r.gold()]
    assert sorted(document.id for document in tested) == sorted(document.id for document in documents())
    for r in runs:
        assert {d.id.partition("-")[0] for d in r.gold()}.isdisjoint(
            {d.id.partition("-")[0] for d, _ in r.pairs("dev")}
        )
        assert r.metrics["documents"] == len(list(r.pairs())) == 8
        assert sum(r.train_mentions().values()) == r.train["mentions"] == r.train["documents"]
        assert [row["step"] for row in r.convergence()] == [0]
        assert r.versions["spacy"]
        assert r.has_dev
        assert not (r.path / "work").exists()
        assert r.group == "-"
    mean = sum(r.metrics["ents_f"] for r in runs) / 2
    summary = srsly.read_json(data / "runs/summary.json")
    assert summary["dictionary"]["all"]["f"]["mean"] == pytest.approx(mean)
    assert f"{100 * mean:.2f} ±" in printed
    monkeypatch.setattr(running, "_in_processes", lambda planned, *_: [pytest.fail("run again")] if planned else [])
    assert run(*arguments).count("existing") == 2


def test_resumed_run_by_run(data, in_this_process):
    arguments = ["crossval", DICTIONARY, data / "data.jsonl", "-o", data / "runs", "--folds", 2, "--dev", 0]
    run(*arguments)
    assert len(in_this_process) == 2
    assert not any(r.has_dev for r in read_runs([data / "runs"]))
    older = data / "runs/dictionary/fold-0/seed-0/run.json"  # of code that did not save the rule of --group
    older.write_text(older.read_text().replace('"group"', '"other"'))
    assert [r.group for r in read_runs([data / "runs"])] == [None, ""]
    (data / "runs/dictionary/fold-1/seed-0/run.json").unlink()
    run(*arguments)
    assert [path.parent.name for path in in_this_process[2:]] == ["fold-1"]
    assert [r.group for r in read_runs([data / "runs"])] == ["", ""]
    write(documents(18), data / "data.jsonl")
    printed = run(*arguments, code=1)
    assert "B832" in printed
    run(*arguments, "--overwrite")
    assert len(in_this_process) == 5
    assert read_runs([data / "runs"])[0].train["documents"] == 9


def test_a_stopped_experiment_says_what_is_kept(data, monkeypatch):
    def stopped(planned, *how):
        yield next(iter(trials_here(planned, *how)))
        raise KeyboardInterrupt

    arguments = ["crossval", DICTIONARY, data / "data.jsonl", "-o", data / "runs", "--folds", 2, "--dev", 0]
    with monkeypatch.context() as patched:
        patched.setattr(running, "_in_processes", stopped)
        assert "Stopped" in run(*arguments, code=130)
    monkeypatch.setattr(running, "_in_processes", trials_here)
    assert run(*arguments).count("existing") == 1


def test_test_part_seeds_and_overrides(data, in_this_process):
    run("crossval", f"exact={DICTIONARY}", data / "data.jsonl", "-o", data / "runs", "--test", data / "test.jsonl",
        "--seeds", 2, "--components.dictionary.case_length=0", "--keep-models", "--name", "toy")  # fmt: skip
    runs = read_runs([data / "runs"])
    assert [(r.system, r.corpus, r.fold, r.seed) for r in runs] == [
        ("exact", "toy", None, 0),
        ("exact", "toy", None, 1),
    ]
    assert [r.overrides["system.seed"] for r in runs] == [0, 1]
    config = (runs[0].path / "model/config.cfg").read_text()
    assert "case_length = 0" in config


def test_curve(data, in_this_process):
    printed = run("curve", DICTIONARY, data / "data.jsonl", "-o", data / "runs", "--test", data / "test.jsonl",
                  "--sizes", "4,100%", "--seeds", 2, "--dev", 0)  # fmt: skip
    runs = read_runs([data / "runs"])
    assert [(r.size, r.seed, r.train["sentences"]) for r in runs] == [(4, 0, 4), (4, 1, 4), (16, 0, 16), (16, 1, 16)]
    curve = srsly.read_json(data / "runs/curve.json")["dictionary"]
    assert "all 16 sentences are used" not in printed
    assert curve["f1"]["16"]["mean"] == 1.0
    again = run("curve", DICTIONARY, data / "data.jsonl", "-o", data / "runs", "--test", data / "test.jsonl",
                "--sizes", "4,100%,50", "--seeds", 2, "--dev", 0)  # fmt: skip
    assert "size 50: all 16 sentences are used" in again
    assert f"{curve['reaches_99_percent_at']}" in printed.splitlines()[-2 if not printed.splitlines()[-1] else -1]


CRF = str(CONFIGS / "crf.cfg")


def test_samples_that_the_pipeline_chooses(data, in_this_process):
    arguments = ["curve", f"crf={CRF}", data / "data.jsonl", "-o", data / "runs", "--test", data / "test.jsonl",
                 "--strategies", "random,entropy", "--sizes", "10,25,40", "--dev", 0, "--source", "",
                 "--components.crf.max_iterations", 5]  # fmt: skip
    printed = " ".join(run(*arguments).split())
    runs = {(r.system, r.size): r for r in read_runs([data / "runs"])}
    total = sum(len(document.text.split()) for document in documents())
    sizes = [(name, size) for name in ("crf-random", "crf-entropy") for size in (10, 25, 40)]
    assert sorted(runs) == sorted([*sizes, ("crf-full", total)])
    for name in ("crf-random", "crf-entropy"):
        words = [sum(runs[name, size].train_mentions().values()) for size in (10, 25, 40)]
        assert words == sorted(words)
    assert runs["crf-random", 10].train_mentions() == runs["crf-entropy", 10].train_mentions()
    figures = srsly.read_json(data / "runs/curve.json")["crf"]
    assert figures["words"] == total
    assert set(figures["strategies"]["entropy"]["of_random"]) == {"90%", "95%", "99%"}
    assert "words ± sd for random entropy" in printed
    assert not list((data / "runs").rglob("model"))
    before = srsly.read_json(data / "runs/crf-entropy/size-10/seed-0/next.json")
    (data / "runs/crf-entropy/size-25/seed-0/run.json").unlink()
    count = len(in_this_process)
    run(*arguments)
    assert [str(path.relative_to(data)) for path in in_this_process[count:]] == ["runs/crf-entropy/size-25/seed-0"]
    (data / "runs/crf-entropy/size-10/seed-0/next.json").unlink()  # what it had chosen is lost, and its pipeline
    lines = re.findall(r"^ *(\d+)/(\d+) .*size-(\d+|full)", run(*arguments), re.MULTILINE)
    # The run that is trained again is told of twice, under its number.
    assert [line[:2] for line in lines] == [(str(number), "21") for number in (1, 2, 3, 4, 5, *range(5, 22))]
    assert len(in_this_process) == count + 2
    assert srsly.read_json(data / "runs/crf-entropy/size-10/seed-0/next.json") == before


def config_with_source(config, path):
    """Write a config without the refusal of ``paths.source``."""
    refusal = '@callbacks = "spacy-bioner.transfer_weights.v1"\npath = ${paths.source}\n'
    nothing = '@callbacks = "spacy-bioner.load_vectors.v1"\npath = null\n'
    assert refusal in Path(config).read_text()
    path.write_text(Path(config).read_text().replace(refusal, nothing))
    return path


def test_samples_that_pipelines_from_a_source_choose(data, in_this_process):
    config = config_with_source(CRF, data / "with_source.cfg")
    common = [data / "data.jsonl", "--test", data / "test.jsonl", "--dev", 0, "--components.crf.max_iterations", 5]
    run("crossval", f"first={CRF}", *common, "-o", data / "source", "--keep-models")
    printed = run("curve", f"crf={config}", *common, "-o", data / "runs", "--strategies", "random,entropy", "--sizes",
                  "10,25", "--seeds", 1, "--source", f"first={data / 'source/first/seed-0/model'}")  # fmt: skip
    made = [(r.system, r.source) for r in read_runs([data / "runs"])]
    assert Counter(made) == {
        ("crf-full", None): 1,
        **{(f"crf-{how}", source): 2 for how in ("random", "entropy") for source in (None, "first")},
    }
    assert "crf from first, words" in printed
    assert "1/9" in printed
    assert "9/9" in printed


def test_from_weights_and_without_training(data, in_this_process):
    """At size 0 the source is scored as it is; at others each run from weights stands beside the one without."""
    config = config_with_source(DICTIONARY, data / "with_source.cfg")
    common = ["--test", data / "test.jsonl", "--dev", 0]
    run("crossval", DICTIONARY, data / "data.jsonl", "-o", data / "runs/first", *common, "--keep-models")
    source = f"first={data / 'runs/first/dictionary/seed-0/model'}"
    printed = run("curve", f"net={config}", data / "data.jsonl", "-o", data / "runs/curve", *common,
                  "--sizes", "0,2,4", "--seeds", 1, "--source", source)  # fmt: skip
    runs = read_runs([data / "runs/curve"])
    assert [(r.source, r.size) for r in runs] == [(None, 2), (None, 4), ("first", 0), ("first", 2), ("first", 4)]
    zero = runs[2]
    assert (zero.seconds, zero.processor_seconds, zero.train, zero.metrics["ents_f"]) == (
        None,
        None,
        {"documents": 0, "sentences": 0, "mentions": 0},
        1.0,
    )
    assert all(r.seconds > 0 and r.processor_seconds > 0 for r in runs if r.size)
    assert not (zero.path / "work").exists()
    assert Path(source.partition("=")[2]).exists()
    assert printed.split("fewer errors, %")[1].split()[:3] == ["net", "from", "first"]
    curve = srsly.read_json(data / "runs/curve/curve.json")
    assert curve["net from first"]["f1"]["0"]["mean"] == 1.0
    assert curve["net from first"]["error_reduction"] == {"2": 0.0, "4": 0.0}
    run("crossval", f"net={config}", data / "data.jsonl", "-o", data / "runs/folds", "--folds", 2, "--dev", 0,
        "--source", source)  # fmt: skip
    folds = read_runs([data / "runs/folds"])
    assert [(r.source, r.fold) for r in folds] == [(None, 0), (None, 1), ("first", 0), ("first", 1)]


def test_several_sources_in_one_option(data, in_this_process):
    common = ["--test", data / "test.jsonl", "--dev", 0]
    run("crossval", DICTIONARY, data / "data.jsonl", "-o", data / "runs", *common, "--keep-models")
    for name in ("one", "two"):
        shutil.copytree(data / "runs/dictionary/seed-0/model", data / "taggers" / name / "model-last")
    for number, given in enumerate(
        ("taggers/*/model-last", "taggers/one/model-last,third=taggers/two/model-last", "taggers/two/model-?ast")
    ):
        run("curve", TRANSFER, data / "data.jsonl", "-o", data / f"zero-{number}", *common,
            "--sizes", 0, "--source", given.replace("taggers", str(data / "taggers")))  # fmt: skip
    found = [{r.source for r in read_runs([data / f"zero-{number}"])} for number in range(3)]
    assert found == [{"one", "two"}, {"one", "third"}, {"two"}]


def test_a_failed_run_shows_its_log(data):
    printed = run("crossval", DICTIONARY, data / "data.jsonl", "-o", data / "runs", "--test", data / "test.jsonl",
                  "--paths.terms", data / "absent.tsv", code=1)  # fmt: skip
    assert "B833" in printed
    assert "B101" in printed
    assert (data / "runs/dictionary/seed-0/work/log.txt").exists()
    assert not (data / "runs/dictionary/seed-0/run.json").exists()


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("B130", ["crossval", DICTIONARY, "absent.jsonl"]),
        ("B835", ["crossval", DICTIONARY, "data.jsonl", "--folds", "17"]),
        ("B836", ["crossval", DICTIONARY, "data.jsonl", "--dev", "0.01"]),
        ("B836", ["crossval", DICTIONARY, "data.jsonl", "--dev", "2"]),
        ("B236", ["crossval", DICTIONARY, "data.jsonl", "--unit", "page"]),
        ("B839", ["crossval", DICTIONARY, DICTIONARY, "data.jsonl"]),
        ("B840", ["crossval", "absent.cfg", "data.jsonl"]),
        ("B841", ["crossval", DICTIONARY, "data.jsonl", "--paths.absent", "v.txt"]),
        ("B841", ["crossval", DICTIONARY, "data.jsonl", "--paths.train", "v.txt"]),
        ("B838", ["curve", DICTIONARY, "data.jsonl", "--test", "test.jsonl", "--source", "model"]),
        ("B130", ["curve", TRANSFER, "data.jsonl", "--test", "test.jsonl", "--source", "absent/*/model-last"]),
        ("B842", ["curve", DICTIONARY, "data.jsonl", "--test", "test.jsonl", "--sizes", "some"]),
        ("B842", ["curve", DICTIONARY, "data.jsonl", "--test", "test.jsonl", "--sizes", "120%"]),
        ("B842", ["curve", DICTIONARY, "data.jsonl", "--test", "test.jsonl", "--sizes", "0"]),
        ("B868", ["crossval", DICTIONARY, "data.jsonl", "--test", "../../assets/brat/test"]),
        ("B868", ["crossval", DICTIONARY, "data.jsonl", "--test", "test.jsonl", "--dev", "assets/brat/dev"]),
        ("B868", ["curve", DICTIONARY, "data.jsonl,../../assets/brat/dev", "--test", "test.jsonl"]),
        ("B720", ["curve", CRF, "data.jsonl", "--test", "test.jsonl", "--sizes", "9", "--strategies", "luck"]),
        ("B723", ["curve", CRF, "data.jsonl", "--test", "test.jsonl", "--sizes", "20,10", "--strategies", "random"]),
        ("B724", ["curve", CRF, "data.jsonl", "--test", "test.jsonl", "--sizes", "10%", "--strategies", "random"]),
    ],
)
def test_mistakes_are_told_before_anything_is_trained(data, monkeypatch, code, arguments):
    monkeypatch.chdir(data)
    monkeypatch.setattr(running, "_in_processes", lambda *_: pytest.fail("trained"))
    printed = run(*arguments, "-o", "runs", code=1)
    assert code in printed
    assert "Traceback" not in printed


def test_folds_that_come_as_files(tmp_path, in_this_process):
    """Two folds of relations between gold entities: no fold is dealt anew, and the scores are of relations alone."""
    lines = (ASSETS / "relations/train.jsonl").read_text(encoding="utf8").splitlines(keepends=True)
    for number in (1, 2):
        (tmp_path / f"toy/{number}").mkdir(parents=True)
        (tmp_path / f"toy/{number}/test.jsonl").write_text("".join(lines[number::2][:4]), encoding="utf8")
        (tmp_path / f"toy/{number}/train.jsonl").write_text("".join(lines[number + 1 :: 2][:8]), encoding="utf8")
    data, test = tmp_path / "toy/{fold}/train.jsonl", tmp_path / "toy/{fold}/test.jsonl"
    given = [data, "-o", tmp_path / "runs", "--folds", 2, "--dev", 0, "--gold-entities", "--run.epochs", 1]
    assert "B866" in run("crossval", RELATIONS, *given, "--test", tmp_path / "toy/1/test.jsonl", code=1)
    printed = run("crossval", RELATIONS, *given, "--test", test)
    runs = read_runs([tmp_path / "runs"])
    assert [(r.corpus, r.fold, r.folds, r.gold_entities) for r in runs] == [("toy", 1, 2, True), ("toy", 2, 2, True)]
    assert [[d.id for d in r.gold()] for r in runs] == [
        [json.loads(line)["id"] for line in lines[number::2][:4]] for number in (1, 2)
    ]
    assert all(r.metrics["ents_r"] == 1 for r in runs)
    assert "pooled F1" in printed
    summary = srsly.read_json(tmp_path / "runs/summary.json")
    assert list(summary) == ["relations"]
    assert summary["relations"]["relations"]["all"]["f"]["values"] == [r.metrics["relations_f"] for r in runs]


def test_a_test_part_that_training_knows_is_told(data, in_this_process):
    write([Document(f"Rash {i} again.", id=f"new-{i}") for i in range(6)], data / "test.jsonl")
    common = ["--test", data / "test.jsonl", "--dev", 0, "--seeds", 1]
    assert "test texts are in" not in run("crossval", DICTIONARY, data / "data.jsonl", "-o", data / "a", *common)
    given = f"{data / 'data.jsonl'},{data / 'test.jsonl'}"
    assert "test texts are in the training data" in run("crossval", DICTIONARY, given, "-o", data / "b", *common)
