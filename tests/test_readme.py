"""The README's Python runs, and what it names is there."""

import re

import pytest
from places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf8")


@pytest.mark.parametrize("snippet", re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL))
def test_python_runs(snippet):
    exec(compile(snippet, "README.md", "exec"), {})


def test_configs_and_folders_are_there():
    for name in set(re.findall(r"configs/\w+\.cfg", README)) | set(re.findall(r"^\| `(\w+/)` \|", README, flags=re.M)):
        assert (ROOT / name).exists() or (ROOT / "spacy_bioner" / name).exists(), name
