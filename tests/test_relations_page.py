"""The Python of docs/relations.md runs and prints what its comments say."""

import contextlib
import io
import re

import pytest
from places import ROOT
from thinc.api import fix_random_seed

SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/relations.md").read_text(encoding="utf8"), flags=re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_python_runs_and_prints_what_the_comment_says(snippet):
    fix_random_seed(0)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(snippet, "relations.md", "exec"), {})
    assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", snippet, flags=re.MULTILINE)
