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
from trials_here import trials_here
from typer.testing import CliRunner

import spacy_bioner.cli  # noqa: F401  (adds its commands to spaCy's)
from spacy_bioner.experiments.trials import runner

BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]+) -->\n)?```(?P<kind>sh|python)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL
)
DOCS = ROOT / "docs"
ELSEWHERE = {"start": "test_site.py", "components/agreement": "test_pages.py"}
"""Pages that another test runs; it names the page."""
ALL = sorted(path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md"))
FENCES = {"sh", "python", "{.python}", "ini", "json", "xml", ""}
"""Languages of blocks: ``{.python}`` shows a file of docs/examples, no language the content of a data file."""
OPTIONAL = ("negspacy", "medspacy")
EXTRAS = {
    "little_data": "torch",
    "many": "torch",
    "train": "torch",
    "transfer": "torch",
    "experiments": "matplotlib",
    "scores": "seqeval",
}


def text_of(page):
    return (DOCS / f"{page}.md").read_text(encoding="utf8")


def blocks(page):
    return BLOCK.finditer(text_of(page))


PAGES = [page for page in ALL if page not in ELSEWHERE and not all(block["why"] for block in blocks(page))]
"""The pages with something to run: all others have no command, or each has its reason why it is not run."""


def commands(code):
    return [line for line in code.replace("\\\n", " ").splitlines() if line.strip()]


def run(command):
    arguments = shlex.split(command, comments=True)
    assert arguments[:3] == ["python", "-m", "spacy"], command
    if "--n-process" in arguments:
        arguments[arguments.index("--n-process") + 1] = "1"
    result = CliRunner().invoke(app, arguments[3:])
    assert result.exit_code == 0, (command, result.output, result.exception)


@pytest.mark.parametrize("page", ALL)
def test_every_block_of_a_page_is_seen(page):
    """No block of commands escapes by another name of its language, by its indent or by a mark without a reason."""
    fences = re.findall(r"^\s*(?:```|~~~) *(.*)$", text_of(page), re.MULTILINE)
    assert fences[1::2] == [""] * (len(fences) // 2)
    assert set(fences[::2]) <= FENCES
    found = list(blocks(page))
    assert len(found) == sum(kind in ("sh", "python") for kind in fences[::2])
    rest = BLOCK.sub("", text_of(page))
    assert re.findall(r"^\s*(?:\$ )?(?:python3? |pip3? |spacy |import ).*$", rest, re.MULTILINE) == []
    assert text_of(page).count("<!-- not run") == sum(bool(block["why"]) for block in found)
    for why in (block["why"] for block in found if block["why"]):
        assert len(why.split()) > 1, why
        for test in re.findall(r"tests/[\w/]+\.py", why):
            assert (ROOT / test).exists(), why


def test_pages_run_elsewhere_are_named_there():
    for page, test in ELSEWHERE.items():
        assert f"{page}.md" in (ROOT / "tests" / test).read_text(encoding="utf8")


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


@pytest.mark.parametrize("page", [page for page in ALL if page.startswith("components/") and "index" not in page])
def test_a_component_page_has_scores_speed_memory_and_limits(page):
    before, _, settings = text_of(page).partition("\n## Settings\n")
    assert "<!-- settings of bioner_" in settings
    words = re.findall(r"\w+", before.lower())
    assert [name for name in ("speed", "memory", "limits") if name not in words] == []
    assert re.search(r"\b(?:f1|scores|accuracy|exact match)\b", before.lower())
