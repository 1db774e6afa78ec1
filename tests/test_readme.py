"""The README is short, its Python runs and prints what it says, and its table is that of the measurements."""

import contextlib
import io
import re

from places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf8")


def test_it_is_short():
    assert README.count("\n") <= 80


def test_python_runs_and_prints_what_the_comment_says():
    snippets = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert snippets
    for snippet in snippets:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(snippet, "README.md", "exec"), {})
        assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", snippet, flags=re.M)


def test_scores_are_those_of_the_measurements():
    measured = "".join(page.read_text(encoding="utf8") for page in (ROOT / "benchmarks").glob("*.md"))
    table = README[README.index("## Which system") : README.index("## More")]
    figures = re.findall(r"\b\d\d\.\d+\b", table)
    assert len(figures) > 8
    assert [figure for figure in figures if figure not in measured] == []
