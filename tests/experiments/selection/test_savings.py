"""The words needed for a share of the full score."""

from pathlib import Path

import pytest

from spacy_bioner.experiments.runs import Run
from spacy_bioner.experiments.selection.savings import savings, savings_text, words_for


def test_words_lie_between_the_sizes_by_their_logarithm():
    points = {1000: 0.4, 2000: 0.6, 4000: 0.8}
    assert words_for(points, 0.5) == pytest.approx(1000 * 2**0.5)
    assert words_for(points, 0.8) == pytest.approx(4000)
    assert words_for(points, 0.3) == 1000
    assert words_for(points, 0.9) is None
    assert words_for({1: 0.9, 2: 0.5, 4: 0.9}, 0.7) == pytest.approx(2 * 2**0.5), "from there on, not once before"


def made(tmp_path, system, size, seed, f, source=None):
    run = Run(tmp_path / system / str(size) / str(seed), system, "c", size=size, seed=seed, source=source)
    run.__dict__["metrics"] = {"ents_f": f}
    return run


def test_shares_of_random(tmp_path: Path):
    runs = [made(tmp_path, "crf-full", 8000, seed, 0.8) for seed in (0, 1)]
    for seed in (0, 1):
        for size, chance, entropy in ((1000, 0.4, 0.4), (2000, 0.5, 0.76), (4000, 0.6, 0.8)):
            runs.append(made(tmp_path, "crf-random", size, seed, chance))
            runs.append(made(tmp_path, "crf-entropy", size, seed, entropy))
    figures = savings(runs, ["random", "entropy"], "full")
    of = figures["crf"]["strategies"]
    assert of["entropy"]["words"]["95%"]["mean"] == pytest.approx(2000)
    assert of["random"]["words"]["95%"]["mean"] == pytest.approx(4000 * 2 ** (0.16 / 0.2))
    assert of["entropy"]["of_random"]["95%"] == pytest.approx(0.5 / 2 ** (0.16 / 0.2))
    text = " ".join(savings_text(figures).split())
    assert "1,000 40.00 ± 0.00 40.00 ± 0.00 2,000 50.00" in text
    assert "95% of full 6,964 ± 0 (100.00%) 2,000 ± 0 (28.72%)" in text


def test_curves_from_a_source_have_the_goal_of_those_from_scratch(tmp_path: Path):
    runs = []
    for system in ("net", "crf"):  # the order of a curve: all data first, then from scratch, then from sources
        runs.append(made(tmp_path, f"{system}-full", 8000, 0, 0.8))
    for source, small, large in ((None, 0.4, 0.6), ("silver", 0.64, 0.74)):
        for size, f in ((1000, small), (2000, large)):
            runs.append(made(tmp_path, "net-random", size, 0, f, source))
            runs.append(made(tmp_path, "net-entropy", size, 0, f + 0.04, source))
    for size, f in ((1000, 0.5), (2000, 0.72)):
        runs += [made(tmp_path, f"crf-{name}", size, 0, f) for name in ("random", "entropy")]
    figures = savings(runs, ["random", "entropy"], "full")
    assert list(figures) == ["net", "crf", "net from silver"]
    assert figures["net from silver"]["full"]["mean"] == 0.8
    source = figures["net from silver"]["strategies"]
    assert [one["mean"] for one in source["random"]["f1"].values()] == [0.64, 0.74], "no point that was not trained"
    assert source["random"]["words"]["90%"]["mean"] == pytest.approx(1000 * 2**0.8)
    assert source["random"]["words"]["95%"] is None, "0.76 is not reached"
    assert source["entropy"]["words"]["95%"]["mean"] == pytest.approx(1000 * 2**0.8)
    scratch = figures["net"]["strategies"]["random"]["words"]
    assert source["random"]["of_random"] == {
        "90%": pytest.approx(1000 * 2**0.8 / scratch["90%"]["mean"]),
        "95%": None,
        "99%": None,
    }
    text = " ".join(savings_text(figures).split())
    assert "net from silver, words: F1 ± sd random entropy" in text
    assert "1,000 64.00 68.00 2,000 74.00 78.00 words ± sd for" in text
    assert "95% of full not reached 1,741 (" in text
