"""The Python of docs/questions.md runs, where a trained pipeline is at hand, and prints what its comments say."""

import contextlib
import io
import re

import pytest
from places import ROOT

SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/questions.md").read_text(encoding="utf8"), flags=re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_python_runs_and_prints_what_the_comment_says(snippet, trained, tmp_path, monkeypatch):
    (tmp_path / "training/squad").mkdir(parents=True)
    trained.to_disk(tmp_path / "training/squad/model-best")
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(snippet, "questions.md", "exec"), {})
    said = re.findall(r"^# (.*)$", snippet, flags=re.MULTILINE)
    if said:
        assert printed.getvalue().splitlines() == said
    else:  # what a model finds depends on the model
        assert len(printed.getvalue().splitlines()) == 5
