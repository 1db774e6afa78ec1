"""Runs of several systems compared: every count by hand on three documents."""

import json

import pytest
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.comparison.compare import compare_runs, comparison_text
from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.formats import Document, Mention
from spacy_bioner.scoring import score, to_dict

TEXT = "Severe dry mouth with GI bleeding and rash."
WORDS = [(0, 6), (7, 10), (11, 16), (17, 21), (22, 24), (25, 33), (34, 37), (38, 42), (42, 43)]
SEVERE, MOUTH, DRY, BLEEDING, GI, RASH = (0, 16), (7, 16), (7, 10), (22, 33), (22, 24), (38, 42)
GOLD = [(*MOUTH, "ADR"), (*BLEEDING, "ADR"), (*RASH, "ADR")]


def document(i, spans, scores=None):
    scores = scores or [None] * len(spans)
    mentions = [Mention(*span, score=score) for span, score in zip(spans, scores, strict=False)]
    return Document(TEXT, mentions, f"d{i}", WORDS)


def put(folder, found, gold=GOLD, system="crf", dev=None, scores=None, **values):
    """Write a run of one document for each list of spans in ``found``."""
    golds = [document(i, gold) for i in range(len(found))]
    given = [document(i, spans, scores or [0.9] * len(spans)) for i, spans in enumerate(found)]
    metrics = to_dict(score((str(i), gold, spans) for i, spans in enumerate(found)))
    run = Run(folder, system, "toy", **values)
    write_run(run, metrics, golds, given, {("ADR", "Rash"): 3, ("ADR", "dry mouth"): 1}, dev)
    return folder


@pytest.fixture
def two(tmp_path):
    a = put(tmp_path / "a", [[(*SEVERE, "ADR"), (*GI, "ADR"), (*RASH, "ADR")], GOLD[:1]], fold=0)
    b = put(tmp_path / "b", [[(*MOUTH, "Drug"), (*RASH, "ADR"), (17, 21, "ADR")], GOLD], system="net", fold=0)
    return a, b


def test_every_figure(two):
    figures = compare_runs(two, trials=200)
    assert figures["left_out"] == 0
    crf, net = figures["systems"]["crf"], figures["systems"]["net"]
    assert crf["counts"] == {"tp": 2, "fp": 2, "fn": 4}
    assert net["counts"] == {"tp": 4, "fp": 2, "fn": 2}
    assert (crf["f"], net["f"]) == (pytest.approx(4 / 10), pytest.approx(8 / 12))
    assert crf["recall"] == {"seen": {"found": 2, "of": 4}, "unseen": {"found": 0, "of": 2}}
    assert net["recall_by_frequency"] == {
        "unseen": {"found": 1, "of": 2},
        "1": {"found": 1, "of": 2},
        "2-4": {"found": 2, "of": 2},
    }
    assert net["recall_by_length"] == {"1": {"found": 2, "of": 2}, "2": {"found": 2, "of": 4}}
    assert crf["errors"] == {
        "boundary": 1,
        "part of a longer name": 1,
        "type": 0,
        "boundary and type": 0,
        "missed": 2,
        "spurious": 0,
        "of these: abbreviations": 0,
    }
    assert (net["errors"]["type"], net["errors"]["spurious"], net["errors"]["missed"]) == (1, 1, 1)
    (pair,) = figures["pairs"]
    assert pair["systems"] == ["crf", "net"]
    assert pair["difference"] == pytest.approx(8 / 12 - 4 / 10)
    assert pair["error_reduction"] == pytest.approx((8 / 12 - 4 / 10) / 0.6)
    assert pair["p_t_test"] is None
    regions = {(outcome, *region["systems"]): region["spans"] for outcome in figures["overlap"]
               for region in figures["overlap"][outcome]}  # fmt: skip
    assert regions == {
        ("true_positives", "crf", "net"): 2,
        ("true_positives", "net"): 2,
        ("misses", "crf"): 2,
        ("misses", "crf", "net"): 2,
        ("false_alarms", "crf"): 2,
        ("false_alarms", "net"): 2,
    }
    assert crf["confidence"]["average_precision"] == pytest.approx(2 / 4 * 2 / 6)
    assert crf["confidence"]["calibration_error"] == pytest.approx(0.4)


@pytest.mark.parametrize("field", ["seed", "size"])
def test_seeds_and_sizes_are_one_document_and_runs_are_paired(tmp_path, field):
    for value in (0, 1):
        put(tmp_path / f"a/{value}", [GOLD[:2]], **{field: value})
        put(tmp_path / f"b/{value}", [GOLD], system="net", **{field: value})
    put(tmp_path / "b/2", [GOLD], system="net", **{field: 2})
    figures = compare_runs([tmp_path], trials=200)
    assert figures["left_out"] == 1
    assert figures["systems"]["crf"]["counts"] == {"tp": 4, "fp": 0, "fn": 2}
    (pair,) = figures["pairs"]
    assert pair["p_randomisation"] == 1.0  # one document: nothing can be said
    assert pair["bootstrap95"] == pytest.approx([0.2, 0.2])


def test_the_same_system_in_two_places(tmp_path):
    places = [put(tmp_path / "x", [GOLD[:1]]), put(tmp_path / "y", [GOLD])]
    assert list(compare_runs(places, trials=200)["systems"]) == [f"crf ({tmp_path}/x)", f"crf ({tmp_path}/y)"]


def test_temperature_comes_from_the_development_part(tmp_path):
    dev = ([document(0, GOLD)], [document(0, [*GOLD, (*DRY, "ADR")], [0.9] * 4)])
    put(tmp_path / "a", [[*GOLD, (*DRY, "ADR")]], scores=[0.99] * 4, dev=dev)
    found = compare_runs([tmp_path], trials=200, temperature=True)["systems"]["crf"]["confidence"]
    assert found["temperature"] == pytest.approx(2.0, rel=0.02)  # 0.9 becomes 3/4
    assert found["calibration_error_tempered"] < found["calibration_error"]


def test_abbreviations(tmp_path):
    put(tmp_path / "a", [[]], gold=[(*GI, "ADR"), (*RASH, "ADR")])
    errors = compare_runs([tmp_path], trials=200)["systems"]["crf"]["errors"]
    assert (errors["missed"], errors["of these: abbreviations"]) == (2, 1)


def test_what_cannot_be_compared(tmp_path):
    one = put(tmp_path / "a", [GOLD], fold=0)
    for code, folder in [
        ("B843", put(tmp_path / "b", [GOLD], fold=0)),
        ("B844", put(tmp_path / "c", [GOLD], system="net", fold=1)),
        ("B845", put(tmp_path / "d", [GOLD], gold=GOLD[:1], system="net", fold=0)),
        ("B845", put(tmp_path / "e", [GOLD, GOLD], system="net", fold=0)),
    ]:
        given = [one, folder] if code != "B843" else [tmp_path]
        with pytest.raises(BionerError, match=code):
            compare_runs(given, trials=200)


def test_of_many_systems_the_table_shows_one_alone_all_but_one_and_all(tmp_path):
    wrong = (*DRY, "ADR")
    for system, found in {"a": GOLD[:1], "b": [*GOLD[:2], wrong], "c": [*GOLD[:2], wrong], "d": GOLD}.items():
        put(tmp_path / system, [found], system=system)
    figures = compare_runs([tmp_path], trials=200)
    lines = comparison_text(figures).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("only in"))
    assert [" ".join(line.split()) for line in lines[start + 2 : start + 7]] == [
        "a 0 1 0",
        "d 1 0 0",
        "all but d 0 1 0",
        "all but a 1 0 0",
        "all 1 0 0",
    ]
    assert figures["overlap"]["false_alarms"] == [{"systems": ["b", "c"], "spans": 1}]


def test_command(two, tmp_path):
    result = CliRunner().invoke(app, ["compare", *map(str, two), "--trials", "200", "--json", f"{tmp_path}/c.json"])
    assert result.exit_code == 0, result.output
    assert "crf -> net" in result.output
    assert json.loads((tmp_path / "c.json").read_text())["systems"]["net"]["counts"]["tp"] == 4
    failed = CliRunner().invoke(app, ["compare", str(tmp_path / "nowhere")])
    assert (failed.exit_code, "Traceback" in failed.output) == (1, False)
