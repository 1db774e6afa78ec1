"""The documentation has plots of measured figures; the page that helps to choose a system names no others."""

import re
import sys
from statistics import mean

import pytest
from places import ROOT

sys.path.append(str(ROOT / "benchmarks"))

import plots

PAGE = (ROOT / "docs" / "which.md").read_text(encoding="utf8")
IMAGE = re.compile(r"!\[([^\]]+)\]\((?:\.\./)*plots/(\w+)\.svg\)")
IMAGES = dict(IMAGE.findall(PAGE))


def test_each_question_has_its_plot_described_in_words():
    assert len(re.findall(r"^## .*\?$", PAGE, re.MULTILINE)) == len(IMAGES) <= 5


def test_each_plot_is_on_one_page_described_in_words():
    pages = [path.read_text(encoding="utf8") for path in sorted((ROOT / "docs").rglob("*.md"))]
    shown = [found for page in pages for found in IMAGE.findall(page)]
    assert sorted(name for _, name in shown) == sorted(plots.PLOTS)
    assert all(len(alt) > 60 for alt, _ in shown)


@pytest.mark.parametrize("name", plots.PLOTS)
def test_a_plot_is_drawn_from_the_figures_beside_it(name):
    svg = (ROOT / "docs" / "plots" / f"{name}.svg").read_text(encoding="utf8")
    assert svg.rstrip().endswith(f"<!-- {plots.digest(plots.figures(name))} -->")


def test_the_command_draws_all_plots_for_light_and_dark_readers(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    from xml.etree import ElementTree

    monkeypatch.setattr(sys, "argv", ["plots.py", "--output", str(tmp_path)])
    plots.main()
    for name in plots.PLOTS:
        drawn = (tmp_path / f"{name}.svg").read_text(encoding="utf8")
        root = ElementTree.fromstring(drawn)
        assert "prefers-color-scheme:dark" in drawn
        assert root.get("aria-label")
        words = {one.text for one in root.iter("{http://www.w3.org/2000/svg}text")}
        lines = "corpus" if name == "pretraining" else "system"
        systems = {row[lines] for row in plots.figures(name)}
        assert systems - words <= {"BiLSTM-CRF, transfer.cfg"}, name


def test_the_figures_of_the_answers_are_those_of_the_plots():
    """Each F1 with one decimal outside of tables is a mean, or a run, that a plot shows."""
    shown = set()
    for name in IMAGES.values():
        groups = plots.grouped(
            plots.figures(name),
            lambda row: (row["corpus"], row["system"], row.get("sentences"), row.get("words")),
        )
        for some in groups.values():
            values = [row["f1"] for row in some]
            shown |= {f"{value:.1f}" for value in (mean(values), *values)}
    text = "\n".join(line for line in PAGE.splitlines() if not line.startswith(("|", "!")))
    named = set(re.findall(r"(?<![\d.,])\d\d\.\d(?![\d.]|%| (?:ms|point))", text))
    assert len(named) > 10
    assert named <= shown
