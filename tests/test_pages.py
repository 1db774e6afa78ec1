"""The Python of the pages runs and prints what its comments say."""

import contextlib
import io
import re

import pytest
from places import ROOT
from thinc.api import fix_random_seed

PAGES = ["start.md", "many.md", "components/agreement.md"]
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
