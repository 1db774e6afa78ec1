"""The page of all systems on all corpora: means and spreads, order, what is unknown, published figures."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.experiments.report.published import Published
from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.experiments.scoreboard import scoreboard


def run(path, system, corpus, f, **values):
    made = Run(path, system, corpus, **values)
    made.__dict__["metrics"] = {"ents_p": f, "ents_r": f, "ents_f": f, "speed": 1234.5}
    return made


def cells(page, name):
    """The cells of a system's row."""
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {name}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_table_for_each_corpus_with_the_best_first():
    runs = [
        run(Path("a"), "dictionary", "NCBI", 0.5),
        run(Path("b"), "crf", "NCBI", 0.8, seconds=90.0, pipeline_bytes=3 << 20),
        run(Path("c"), "crf", "NCBI", 0.9, seconds=150.0, pipeline_bytes=5 << 20),
        run(Path("d"), "crf", "ADE", 0.7, seconds=7200.0, pipeline_bytes=2_000),
    ]
    given = [Published("BERT", 99.0, corpus="NCBI", source="a | b"), Published("other", 1.0, corpus="elsewhere")]
    page = scoreboard(runs, given)
    ncbi, ade = page.split("## ADE")
    assert cells(ncbi, "crf") == ["crf", "85.00 ± 7.07", "85.00", "85.00", "2", "2 min", "1,234", "4.0 MB"]
    assert cells(ncbi, "dictionary") == ["dictionary", "50.00", "50.00", "50.00", "1", "-", "1,234", "-"]
    assert cells(ncbi, "*BERT") == ["*BERT (a / b)*", "99.00", "-", "-", "", "", "", ""]
    assert ncbi.index("| crf") < ncbi.index("| dictionary") < ncbi.index("| *BERT")
    assert cells(ade, "crf")[5:] == ["2.0 h", "1,234", "2.0 kB"]
    assert "elsewhere" not in page


def test_the_footer_names_machines_versions_and_the_latest_date():
    runs = [
        run(Path("a"), "crf", "X", 0.5, machine="one", versions={"spacy": "3.8"}, finished="2026-01-02T03:04:05"),
        run(Path("b"), "crf", "X", 0.5, machine="one", versions={"spacy": "3.9"}, finished="2026-03-02T03:04:05"),
        run(Path("c"), "crf", "X", 0.5),
    ]
    footer = scoreboard(runs).split("## Machines and versions")[1]
    assert "2026-03-02" in footer
    assert "- one, 1 runs: spacy 3.8" in footer
    assert "- one, 1 runs: spacy 3.9" in footer
    assert "a machine that the run does not name, 1 runs" in footer


@pytest.mark.parametrize(("size", "text"), [(10, "10.0 B"), (1 << 30, "1.0 GB")])
def test_sizes(size, text):
    assert cells(scoreboard([run(Path("a"), "crf", "X", 0.5, pipeline_bytes=size)]), "crf")[-1] == text


def test_command(tmp_path):
    metrics = {"ents_p": 0.5, "ents_r": 0.5, "ents_f": 0.5, "ents_per_type": {}}
    write_run(Run(tmp_path / "runs/crf", "crf", "demo"), metrics, [], [], {})
    result = CliRunner().invoke(app, ["scoreboard", str(tmp_path / "runs"), "-o", str(tmp_path / "page.md")])
    assert result.exit_code == 0, result.output
    assert "| crf | 50.00 |" in (tmp_path / "page.md").read_text(encoding="utf8")
    result = CliRunner().invoke(app, ["scoreboard", str(tmp_path / "nothing")])
    assert result.exit_code == 1
    assert "B801" in result.output
