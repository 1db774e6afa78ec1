"""The Python of the pages runs and prints what its comments say, and the page of the scoreboard has its figures."""

import contextlib
import io
import re

import pytest
from places import ROOT
from thinc.api import fix_random_seed

from spacy_bioner.experiments.measured import read_measured
from spacy_bioner.experiments.report.published import read_published
from spacy_bioner.experiments.scoreboard import scoreboard

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


def test_the_scoreboard_has_the_figures_of_its_file():
    rows = read_measured(ROOT / "docs" / "scoreboard.jsonl")
    page = scoreboard(rows, read_published(ROOT / "projects" / "scoreboard" / "published.json"))
    assert (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf8") == page
