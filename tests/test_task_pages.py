"""The pages of tasks: their Python and their commands run, in the order of the page, on the small corpus.

A command that cannot run here (it needs a checkpoint, a cluster, your files) has a comment above its block that says
why.
Processes that a command would start are left out: their start takes seconds, and other tests have them.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
from importlib.util import find_spec

import pytest
from places import ROOT
from spacy.cli._util import app
from thinc.api import fix_random_seed
from typer.testing import CliRunner

import spacy_bioner.cli  # noqa: F401  (adds its commands to spaCy's)
from spacy_bioner.experiments.trials import runner
from spacy_bioner.experiments.trials.worker import run_trial

PAGES = [
    "train",
    "scores",
    "annotate",
    "scale",
    "packages",
    "terms",
    "vectors",
    "little_data",
    "transfer",
    "languages",
    "relations",
    "linking",
    "questions",
    "merge",
    "overlap",
    "experiments",
    "curation",
    "context",
]
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]+) -->\n)?```(?P<kind>sh|python)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL
)
OPTIONAL = ("negspacy", "medspacy")
EXTRAS = {
    "little_data": "torch",
    "train": "torch",
    "transfer": "torch",
    "experiments": "matplotlib",
    "scores": "seqeval",
}


def blocks(page):
    return BLOCK.finditer((ROOT / "docs" / f"{page}.md").read_text(encoding="utf8"))


def commands(code):
    return [line for line in code.replace("\\\n", " ").splitlines() if line.strip()]


def run(command):
    arguments = shlex.split(command, comments=True)
    assert arguments[:3] == ["python", "-m", "spacy"], command
    if "--n-process" in arguments:
        arguments[arguments.index("--n-process") + 1] = "1"
    result = CliRunner().invoke(app, arguments[3:])
    assert result.exit_code == 0, (command, result.output, result.exception)


def trials_here(planned, jobs, launch):
    for trial, make_parts in planned:
        trial.prepare(make_parts())
        yield trial, run_trial(trial)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "_in_processes", trials_here)
    for name in ("assets", "configs", "projects"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The results of the page ``train`` that the others go on from."""
    place = tmp_path_factory.mktemp("made")
    for name in ("assets", "configs"):
        (place / name).symlink_to(ROOT / name)
    lines = [line for block in blocks("train") if block["kind"] == "sh" for line in commands(block["code"])]
    before = os.getcwd()
    os.chdir(place)
    try:
        for line in lines:
            if "--output out " in line or " out/model-last " in line:
                run(line)
    finally:
        os.chdir(before)
    return place


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_runs(page, folder, made):
    pytest.importorskip(EXTRAS.get(page, "spacy"))
    if page != "train":
        shutil.copytree(made / "out", folder / "out")
        for name in ("metrics.json", "found.jsonl"):
            shutil.copy(made / name, folder)
    for block in blocks(page):
        if block["why"]:
            continue
        if block["kind"] == "sh":
            for command in commands(block["code"]):
                if not command.startswith("pip install "):
                    run(command)
            continue
        if any(f"import {name}" in block["code"] and find_spec(name) is None for name in OPTIONAL):
            continue
        fix_random_seed(0)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(block["code"], page, "exec"), {})
        assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", block["code"], flags=re.MULTILINE)
