"""The page that helps to choose a system has plots of measured figures, and names no others."""

import re
import sys
from statistics import mean

import pytest
from places import ROOT

sys.path.append(str(ROOT / "benchmarks"))

import which_plots

PAGE = (ROOT / "docs" / "which.md").read_text(encoding="utf8")
IMAGES = dict(re.findall(r"!\[([^\]]+)\]\(which/(\w+)\.svg\)", PAGE))


def test_each_question_has_its_plot_described_in_words():
    assert sorted(IMAGES.values()) == sorted(which_plots.PLOTS)
    assert len(re.findall(r"^## .*\?$", PAGE, re.MULTILINE)) == len(IMAGES) <= 5
    assert all(len(alt) > 60 for alt in IMAGES)


@pytest.mark.parametrize("name", which_plots.PLOTS)
def test_a_plot_is_drawn_from_the_figures_beside_it(name):
    svg = (ROOT / "docs" / "which" / f"{name}.svg").read_text(encoding="utf8")
    assert svg.rstrip().endswith(f"<!-- {which_plots.digest(which_plots.figures(name))} -->")


def test_the_command_draws_all_plots_for_light_and_dark_readers(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    from xml.etree import ElementTree

    monkeypatch.setattr(sys, "argv", ["which_plots.py", "--output", str(tmp_path)])
    which_plots.main()
    for name in which_plots.PLOTS:
        drawn = (tmp_path / f"{name}.svg").read_text(encoding="utf8")
        root = ElementTree.fromstring(drawn)
        assert "prefers-color-scheme:dark" in drawn
        assert root.get("aria-label")
        words = {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
        systems = {row["system"] for row in which_plots.figures(name)}
        assert systems - words <= {"BiLSTM-CRF, transfer.cfg"}, name


def test_the_figures_of_the_answers_are_those_of_the_plots():
    """Each F1 with one decimal outside of tables is a mean, or a run, that a plot shows."""
    shown = set()
    for name in which_plots.PLOTS:
        groups = which_plots.grouped(
            which_plots.figures(name),
            lambda row: (row["corpus"], row["system"], row.get("sentences"), row.get("words")),
        )
        for some in groups.values():
            values = [row["f1"] for row in some]
            shown |= {f"{value:.1f}" for value in (mean(values), *values)}
    text = "\n".join(line for line in PAGE.splitlines() if not line.startswith(("|", "!")))
    named = set(re.findall(r"(?<![\d.,])\d\d\.\d(?![\d.]|%| (?:ms|point))", text))
    assert len(named) > 10
    assert named <= shown
