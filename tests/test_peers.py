"""The peers' table: turns, figures and page, without a peer; and the page in docs/ is that of the results."""

import importlib
import json
import sys

import pytest
from places import ROOT

from spacy_bioner.experiments.measured import measured_of
from spacy_bioner.experiments.runs import Run, read_runs

FOLDER = ROOT / "benchmarks" / "peers"
MODULES = ("environments", "flair_run", "page", "table", "turns", "worker")

SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from worker import serve
class Adder:
    def __init__(self, start):
        self.total = start
    def before_add(self):
        print("noise on the standard output")
        self.step = 2
    def add(self):
        self.total += self.step
        return self.step
    def fail(self):
        raise ValueError("no such luck")
    def result(self):
        return [[self.total]]
serve({{"adder": Adder}})
"""


@pytest.fixture
def peers(monkeypatch):
    """Return the modules of the folder by name; their names are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)
    yield {name: importlib.import_module(name) for name in MODULES}
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def asks(log, seconds):
    """Return two sides that note what they are asked and take so many seconds."""

    def side(name):
        def ask(task, **given):
            log.append((name, task, given))
            if task == "result":
                return {"result": [[name]]}
            return {"amount": 6_000_000, "cpu": seconds[name], "wall": 2 * seconds[name]}

        return ask

    return {name: side(name) for name in ("ours", "peer")}


def test_two_sides_take_turns_after_a_round_that_does_not_count(peers):
    turns, log = peers["turns"], []
    measure = turns.Measure("tag", "tagging", "M/s", 1e6)
    answers = turns.alternate(asks(log, {"ours": 2.0, "peer": 3.0}), measure, range(2))
    assert [name for name, _, _ in log] == ["ours", "peer"] * 3
    assert {name: len(given) for name, given in answers.items()} == {"ours": 2, "peer": 2}
    assert [turns.value(answer, measure, "cpu") for answer in answers["ours"]] == [3.0, 3.0]
    assert turns.value(answers["peer"][0], measure, "wall") == 1.0


def test_what_learns_has_a_round_for_each_seed_and_says_what_it_finds(peers):
    turns, log = peers["turns"], []
    measure = turns.Measure("train", "training", "s", learns=True)
    answers = turns.alternate(asks(log, {"ours": 2.0, "peer": 3.0}), measure, [7, 8])
    assert [(name, task) for name, task, _ in log[:4]] == [
        ("ours", "train"),
        ("ours", "result"),
        ("peer", "train"),
        ("peer", "result"),
    ]
    assert [given for _, task, given in log if task == "train"] == [{"seed": s} for s in (7, 7, 8, 8)]
    assert [answer["result"] for answer in answers["peer"]] == [[["peer"]]] * 2
    assert turns.value(answers["peer"][1], measure, "cpu") == 3.0


def test_times_as_fast_for_seconds_and_for_speeds(peers):
    times = peers["page"].times
    figures = {"ours": [2.0, 4.0], "peer": [4.0, 4.0]}
    assert times({"unit": "s", "cpu": figures}, "cpu") == [2.0, 1.0]
    assert times({"unit": "words/s", "cpu": figures}, "cpu") == [0.5, 1.0]
    assert peers["turns"].spread([5.0, 1.0, 3.0]) == [3.0, 1.0, 5.0]


def test_scores_and_agreement(peers):
    turns = peers["turns"]
    gold = [[0, 0, 2, "D"], [0, 4, 5, "D"], [1, 0, 1, "D"], [1, 3, 4, "D"]]
    found = [[0, 0, 2, "D"], [0, 4, 6, "D"]]
    assert turns.score(found, gold) == pytest.approx([50.0, 25.0, 100 / 3])
    assert turns.score([], gold) == [0.0, 0.0, 0.0]
    ours = [[0, 0, 3, "Flu"], [0, 5, 9, "colds"]]
    theirs = [[0, 0, 3, "Flu"], [0, 5, 8, "cold"], [1, 5, 8, "flu"]]
    agreed = turns.agreement(ours, theirs, {"flu", "cold"})
    assert agreed == {"both": 1, "ours": 1, "peer": 2, "overlap": 1, "spelled": 1, "short": 2}


def test_the_range_of_scores_is_that_of_numbers(peers):
    shown = peers["page"].shown_scores([[20.0, 6.0, 9.61], [28.0, 7.0, 10.5], [30.0, 35.0, 31.8]])
    assert shown == "26.00 / 16.00 / **17.30** (9.61 to 31.80)"
    assert peers["page"].shown_scores([[20.0, 6.0, 9.61]]) == "20.00 / 6.00 / **9.61**"


def test_spans_of_tags(peers):
    spans_of = peers["worker"].spans_of
    assert spans_of(["B-D", "I-D", "O", "I-D", "B-D", "I-E"]) == [(0, 2, "D"), (3, 4, "D"), (4, 5, "D"), (5, 6, "E")]


def test_a_worker_answers_and_says_how_it_failed(peers, tmp_path):
    turns = peers["turns"]
    script = tmp_path / "adder.py"
    script.write_text(SCRIPT.format(folder=str(FOLDER)), encoding="utf-8")
    worker = turns.Worker("peer", sys.executable, str(script), "adder", {"start": 1}, tmp_path / "log")
    try:
        answer = worker.ask("add")
        assert answer["amount"] == 2
        assert answer["cpu"] >= 0
        assert worker.ask("result") == {"result": [[3]]}
        with pytest.raises(turns.PeerError, match="peer: ValueError: no such luck"):
            worker.ask("fail")
    finally:
        worker.stop()
    assert "noise" in (tmp_path / "log").read_text(encoding="utf-8")
    with pytest.raises(turns.PeerError, match="KeyError"):
        turns.Worker("peer", sys.executable, str(script), "nobody", {}, tmp_path / "log")


def test_the_reason_is_what_pip_says(peers):
    reason = peers["environments"].reason
    assert reason("WARNING: x\nERROR: No matching distribution found for y\nmore\n").endswith("found for y")
    assert reason("Traceback\nOSError: disk full\n") == "OSError: disk full"


def result(name, **given):
    sizes = dict.fromkeys(("sentences", "small", "epochs", "small_epochs", "texts", "characters", "terms"), 10)
    fixed = {"date": "2026-11-29", "versions": {"x": "1.0"}, "seeds": [0], "sizes": sizes | {"transformer": "T"}}
    return {"name": name, "rows": [], "together": True} | fixed | given


def test_the_page_says_where_a_peer_is_better_and_what_failed(peers):
    def row(title, unit, ours, theirs):
        both = {"ours": ours, "peer": theirs}
        return {"title": title, "unit": unit, "cpu": both, "wall": both}

    scores = {"ours": [[80.0, 70.0, 74.67]], "peer": [[80.0, 75.0, 77.42]]}
    rows = [row("fitting", "s", [2.0], [1.0]), row("tagging", "words/s", [300.0], [100.0])]
    found = {"": {"both": 5, "ours": 2, "peer": 1, "overlap": 1, "spelled": 2, "short": 1}}
    document = {
        "machine": "2 cores",
        "peers": {
            "sklearn-crfsuite": result("sklearn-crfsuite", rows=rows, scores=scores, together=False),
            "flair": result("flair", error="it cannot be installed here: ERROR: no wheel"),
            "entity-ruler": result("entity-ruler", rows=rows[1:], agreement=found),
        },
    }
    page = peers["page"].render(document)
    worse = page[page.index("## Where others") : page.index("## Looking up")]
    assert "sklearn-crfsuite, fitting: ours has 0.50 of its speed" in worse
    assert "F1 77.42 against our 74.67" in worse
    assert "tagging" not in worse
    assert "Not measured yet: spaCy PhraseMatcher, EDS-NLP eds.matcher, spaCy ner, EDS-NLP eds.ner_crf" in page
    assert "no wheel" in page
    assert "each has its own environment" in page
    assert "2, 2 of them not spelt as in the list" in page
    assert "1, 1 of them shorter than 5 characters" in page


def test_the_page_in_docs_is_that_of_the_results(peers):
    document = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    assert peers["page"].render(document) == (ROOT / "docs" / "peers.md").read_text(encoding="utf-8")
    assert set(document["peers"]) <= set(peers["table"].PEERS)


def test_what_a_peer_finds_becomes_a_run(peers, tmp_path):
    """Of two mentions one is found, with another that is none: the scores, the errors and the counts are of these."""
    (tmp_path / "train.tsv").write_text("rash\tB\nand\tO\n\n")
    (tmp_path / "test.tsv").write_text("a\tO\nrash\tB\n\ndry\tB\nmouth\tI\nand\tO\n\n")
    words = [sentence for sentence, _ in peers["worker"].read_columns(tmp_path / "test.tsv")]
    found = [[(1, 2, "ADR")], [(0, 1, "ADR")]]
    run = Run(tmp_path / "runs/flair/seed-0", "flair", "toy", seconds=2.0, machine="here")
    files = (tmp_path / "train.tsv", tmp_path / "test.tsv", "ADR")
    metrics = peers["flair_run"].keep(run, words, found, 7.5, *files)
    assert (metrics["ents_p"], metrics["ents_r"], metrics["ents_f"]) == (0.5, 0.5, 0.5)
    (made,) = read_runs([tmp_path / "runs"])
    assert [[predicted.text_of(m) for m in predicted.mentions] for _, predicted in made.pairs()] == [["rash"], ["dry"]]
    assert made.train_mentions() == {("ADR", "rash"): 1}
    assert (measured_of(made).f, measured_of(made).speed, measured_of(made).seconds) == (0.5, 7.5, 2.0)
