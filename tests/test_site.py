"""The site builds without a warning, and its examples and the commands of its first page run."""

import contextlib
import io
import re
import runpy
import shlex

import pytest
from places import ROOT

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


@pytest.fixture
def _own_registries(monkeypatch):
    """Leave no format and no command of an example behind."""
    from spacy_bioner.cli import app
    from spacy_bioner.formats.table import FORMATS

    monkeypatch.setattr(app, "registered_commands", list(app.registered_commands))
    before = dict(FORMATS)
    yield
    FORMATS.clear()
    FORMATS.update(before)


@pytest.mark.usefixtures("_own_registries")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_its_comments_say(path, monkeypatch):
    pytest.importorskip("torch")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(path), run_name="__main__")
    assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", path.read_text(), flags=re.MULTILINE)


def test_every_example_is_shown():
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf8")
    assert re.findall(r'"docs/examples/(\w+)\.py"', page) != []
    assert set(re.findall(r'"docs/examples/(\w+)\.py"', page)) == {path.stem for path in EXAMPLES}


def test_the_tour_leads_from_a_folder_to_annotated_texts(tmp_path, monkeypatch):
    from spacy.cli._util import app
    from typer.testing import CliRunner

    page = (ROOT / "docs" / "start.md").read_text(encoding="utf8")
    commands = re.findall(r"^python -m spacy (.*)$", page, flags=re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["bioner", "train", "bioner", "bioner"]
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        result = CliRunner().invoke(app, shlex.split(command))
        assert result.exit_code == 0, (command, result.output)
    texts = {path.name for path in (ROOT / "assets/brat/test").glob("*.txt")}
    assert {path.name for path in (tmp_path / "annotated").glob("*.txt")} == texts
    assert any(path.stat().st_size for path in (tmp_path / "annotated").glob("*.ann"))


def test_it_builds_without_a_warning(tmp_path):
    for package in ("material", "mkdocstrings", "torch"):
        pytest.importorskip(package)
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    from spacy_bioner.errors import MESSAGES

    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path)))
    codes = (tmp_path / "reference" / "errors.html").read_text(encoding="utf8")
    assert [code for code in MESSAGES if f"<td>{code}</td>" not in codes] == []
    assert "bioner_crf" in (tmp_path / "reference" / "components.html").read_text(encoding="utf8")
