"""The Python of the pages runs and prints what its comments say, and all pages have the figures of the scoreboard."""

import contextlib
import io
import json
import re
from statistics import mean

import pytest
from places import ROOT
from thinc.api import fix_random_seed

from spacy_bioner.experiments.measured import read_measured
from spacy_bioner.experiments.report.published import read_published
from spacy_bioner.experiments.scoreboard import scoreboard
from spacy_bioner.text_tables import escape_markdown

PAGES = ["start.md", "components/agreement.md"]
SNIPPETS = [
    pytest.param(page, snippet, id=f"{page}-{i}")
    for page in PAGES
    for i, snippet in enumerate(
        re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf8"), flags=re.DOTALL)
    )
]


@pytest.mark.parametrize(("page", "snippet"), SNIPPETS)
def test_python_runs_and_prints_what_the_comment_says(page, snippet):
    fix_random_seed(0)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(snippet, page, "exec"), {})
    assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", snippet, flags=re.MULTILINE)


ROWS = read_measured(ROOT / "docs" / "scoreboard.jsonl")
GIVEN = read_published(ROOT / "projects" / "scoreboard" / "published.json")
BOARD = (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf8")
SYSTEMS = {
    "dictionary": "dictionary",
    "CRF": "crf",
    "BiLSTM-CRF": "bilstm_crf",
    "transformer": "transformer, MPNet (4 epochs)",
}
SYSTEMS["transformer, MPNet"] = SYSTEMS["transformer"]
"""Their names on the board by those of the other pages."""


def test_the_scoreboard_has_the_figures_of_its_file():
    assert scoreboard(ROWS, GIVEN) == BOARD


def test_every_published_figure_is_on_the_scoreboard():
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## )", BOARD, flags=re.DOTALL | re.MULTILINE))
    for one in GIVEN:
        tables = sections[one.corpus].split("\n\n")
        (table,) = [
            table for table in tables if table.strip().startswith("| published" + (" F1 by type" if one.type else " |"))
        ]
        lines = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.strip().splitlines()]
        column = lines[0].index(one.type or "F1")
        row = [
            escape_markdown(one.system),
            f"{one.f1:.2f}",
            escape_markdown(one.differs or "-"),
            escape_markdown(one.source),
        ]
        assert row in [[line[0], line[column], *line[-2:]] for line in lines[2:]], one


@pytest.mark.parametrize(
    "path", sorted((ROOT / "projects").glob("*/published.json")), ids=lambda path: path.parent.name
)
def test_published_figures_have_a_source_that_was_read(path):
    for one in read_published(path):
        assert one.source, one
        assert not re.search(r"memory|check|verif", f"{one.source} {one.differs}"), one


def of_board(corpus, system):
    """F1 in percent of a system's runs, by seed, with two decimals."""
    rows = sorted(
        (row for row in ROWS if (row.corpus, row.system) == (corpus, SYSTEMS[system])), key=lambda row: row.seed or 0
    )
    return [round(100 * row.f, 2) for row in rows]


def check(cell, corpus, system):
    """The last figure of a cell is the mean of the runs, those before "mean" are the runs. Return if it has any."""
    text = re.sub(r"\(.*?\)", "", cell)
    figures = [float(figure) for figure in re.findall(r"\d\d\.\d+", text)]
    known = of_board(corpus, system)
    if not figures or not known:
        return False
    *seeds, last = figures
    assert last == round(mean(known), 2), (system, corpus, cell)
    assert "mean" not in text or not seeds or seeds == known, (system, corpus, cell)
    return True


@pytest.mark.parametrize(("page", "least"), [("README.md", 7), ("docs/which.md", 7), ("benchmarks/accuracy.md", 7)])
def test_a_page_of_several_systems_has_the_figures_of_the_scoreboard(page, least):
    found, header = 0, []
    for line in (ROOT / page).read_text(encoding="utf8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells or not header:
            header = cells
        name = re.sub(r"( over|,? `|,? \().*", "", cells[0]) if cells and header[0] == "system" else ""
        for head, cell in zip(header, cells, strict=False) if name in SYSTEMS else ():
            found += check(cell, head.split()[0], name)
    assert found >= least


@pytest.mark.parametrize(
    ("page", "system"), [("dictionary", "dictionary"), ("crf", "CRF"), ("bilstm_crf", "BiLSTM-CRF")]
)
def test_the_page_of_a_component_has_the_figures_of_the_scoreboard(page, system):
    text = (ROOT / "docs" / "components" / f"{page}.md").read_text(encoding="utf8")
    rows = re.findall(
        r"^\| (NCBI-disease|BC5CDR), (?:P / R / F1|F1 of .*? seeds)\b[^|]*\| (.*?) \|$", text, flags=re.MULTILINE
    )
    assert sum(check(cell, corpus, system) for corpus, cell in rows) == 2


def test_the_plots_have_the_figures_of_the_scoreboard():
    found = 0
    for name in ("cost", "sentences"):
        lines = (ROOT / "docs" / "plots" / f"{name}.jsonl").read_text(encoding="utf8").splitlines()
        rows = [json.loads(line) for line in lines]
        most = max(row.get("sentences", 0) for row in rows)
        for row in rows:
            known = of_board(row["corpus"], row["system"]) if row["system"] in SYSTEMS else []
            if known and row.get("sentences", 0) == most:
                assert row["f1"] == (known[row["seed"]] if "seed" in row else round(mean(known), 2)), row
                assert row.get("seeds", len(known)) == len(known), row
                found += 1
    assert found == 12
