"""Means, intervals and learning curves, against figures computed by hand and by scipy."""

import numpy as np
import pytest
from scipy import stats

from spacy_bioner.experiments.runs import Run
from spacy_bioner.experiments.summary import (
    curve_dict,
    curve_table,
    enough,
    interval,
    pooled,
    summarise,
    summary_dict,
    summary_table,
)


def run(tmp_path, f, system="crf", types=None, **values):
    made = Run(tmp_path, system, "ade", **values)
    types = {"ADR": f} if types is None else types
    per_type = {label: {"p": value, "r": value, "f": value} for label, value in types.items()}
    made.__dict__["metrics"] = {"ents_p": f, "ents_r": f, "ents_f": f, "ents_per_type": per_type}
    return made


def test_interval_is_students():
    values = [0.70, 0.72, 0.75, 0.71, 0.74]
    found = interval(values)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (found.mean - found.half, found.mean + found.half) == (pytest.approx(low), pytest.approx(high))
    assert found.deviation == pytest.approx(np.std(values, ddof=1))
    assert str(found) == "72.40 ± 2.57"
    assert (interval([0.5]).half, str(interval([0.5]))) == (None, "50.00")


def test_summary(tmp_path):
    runs = [
        run(tmp_path, 0.6, fold=0, types={"ADR": 0.6, "Drug": 0.9}),
        run(tmp_path, 0.8, fold=1, types={"ADR": 0.8}),
        run(tmp_path, 0.5, fold=0, source="silver"),
    ]
    found = summarise(runs)
    assert list(found) == ["crf", "crf from silver"]
    assert list(found["crf"]) == ["ADR", "Drug", "all"]
    assert found["crf"]["all"]["f"].mean == pytest.approx(0.7)
    assert found["crf"]["Drug"]["f"].values == (0.9,)
    assert summary_dict(runs)["crf"]["all"]["p"]["values"] == [0.6, 0.8]
    lines = [line.split() for line in summary_table(runs).strip().splitlines()]
    assert lines[2] == ["crf,", "ADR", *["70.00", "±", "127.06"] * 3, "-", "2"]
    assert lines[-1] == ["crf", "from", "silver,", "all", "50.00", "50.00", "50.00", "-", "1"]


def test_pooled_is_of_the_counts_and_not_the_mean(tmp_path):
    runs = [run(tmp_path, 0.0, fold=i, task="relations") for i in range(2)]
    for one, (tp, fp, fn) in zip(runs, [(9, 1, 1), (0, 0, 10)], strict=True):
        f = 2 * tp / (2 * tp + fp + fn)
        figures = {"p": f, "r": f, "f": f, "tp": tp, "fp": fp, "fn": fn}
        one.__dict__["metrics"] = {
            **{f"relations_{k}": f for k in "prf"},
            "relations_per_type": {"causes": figures},
        }
    assert pooled(runs)["all"].f1 == pytest.approx(18 / 30)
    assert summary_dict(runs)["crf"]["causes"]["pooled"] == pytest.approx(0.6)
    assert summary_dict(runs)["crf"]["all"]["f"]["mean"] == pytest.approx(0.45)
    lines = [line.split() for line in summary_table(runs, "relation").strip().splitlines()]
    assert " ".join(lines[0]) == "relation P ± 95% CI R ± 95% CI F1 ± 95% CI pooled F1 runs"
    assert lines[-1][-2:] == ["60.00", "2"]


def test_curves(tmp_path):
    scores = {50: (0.40, 0.44), 100: (0.60, 0.60), 200: (0.595, 0.595), 400: (0.60, 0.60)}
    runs = [run(tmp_path, f, size=size, seed=seed) for size, fs in scores.items() for seed, f in enumerate(fs)]
    runs += [run(tmp_path, 0.3, system="dictionary", size=50), run(tmp_path, 0.9, system="whole")]
    found = curve_dict(runs)
    assert found["crf"]["reaches_99_percent_at"] == 100
    assert found["crf"]["f1"]["50"]["mean"] == pytest.approx(0.42)
    assert list(found) == ["crf", "dictionary"]
    lines = [line.split() for line in curve_table(runs).strip().splitlines()]
    assert lines[0] == ["sentences:", "F1", "±", "sd", "crf", "dictionary"]
    assert lines[2] == ["50", "42.00", "±", "2.83", "30.00"]
    assert " ".join(lines[-1]) == "99% of the F1 at the largest size 100 of 400 50 of 50"


def test_of_a_score_of_nothing_no_size_is_enough(tmp_path):
    runs = [run(tmp_path, 0.0, size=size) for size in (10, 20)]
    assert curve_dict(runs)["crf"]["reaches_99_percent_at"] is None
    assert curve_table(runs).split()[-1] == "-"


def test_curves_of_each_type(tmp_path):
    scores = {0: {"Disease": 0.2, "Drug": 0.5}, 50: {"Disease": 0.4, "Drug": 0.5}}
    runs = [run(tmp_path, 0.3, size=size, source="reviews", types=types) for size, types in scores.items()]
    runs.append(run(tmp_path, 0.1, size=50, types={"Disease": 0.1}))
    found = curve_dict(runs)
    assert found["crf from reviews"]["types"]["Disease"]["f1"]["0"]["mean"] == 0.2
    reached = {label: one["reaches_99_percent_at"] for label, one in found["crf from reviews"]["types"].items()}
    assert reached == {"Disease": 50, "Drug": 0}
    assert list(found["crf"]["types"]) == ["Disease"]
    blocks = curve_table(runs).split("\nsentences, ")
    assert [block.split()[0] for block in blocks[1:]] == ["Disease:", "Drug:"]
    assert blocks[1].splitlines()[2].split() == ["0", "20.00", "-"]
    assert "types" not in curve_dict(runs[2:])["crf"]


def test_enough_means_from_there_on():
    assert enough({50: interval([0.6]), 100: interval([0.5]), 200: interval([0.6])}) == 200
