"""The site builds without a warning, and its examples and the commands of its first page run."""

import contextlib
import io
import re
import runpy
import shlex
from importlib.metadata import distribution

import pytest
from places import ROOT

CONFIG_NAMES = [
    point.name
    for point in distribution("spacy-bioner").entry_points
    if point.group.startswith(("spacy_", "thinc_")) and point.group not in ("spacy_cli", "spacy_factories")
]
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
    assert set(re.findall(r'^--8<-- "docs/examples/(\w+)\.py"$', page, re.MULTILINE)) == {
        path.stem for path in EXAMPLES
    }


def test_the_tour_leads_from_a_folder_to_annotated_texts(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from spacy_bioner.cli import spacy_app

    page = (ROOT / "docs" / "start.md").read_text(encoding="utf8")
    commands = re.findall(r"^python -m spacy (.*)$", page, flags=re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["bioner", "bioner", "train", "bioner", "bioner"]
    monkeypatch.chdir(tmp_path)
    for command in commands:
        result = CliRunner().invoke(spacy_app, shlex.split(command))
        assert result.exit_code == 0, (command, result.output)
        if command == "bioner new tour":
            monkeypatch.chdir("tour")
    texts = {path.name for path in (ROOT / "assets/brat/test").glob("*.txt")}
    assert {path.name for path in (tmp_path / "tour/annotated").glob("*.txt")} == texts
    assert any(path.stat().st_size for path in (tmp_path / "tour/annotated").glob("*.ann"))


def test_it_builds_without_a_warning(tmp_path):
    for package in ("material", "mkdocstrings", "torch"):
        pytest.importorskip(package)
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from spacy.language import Language

    from spacy_bioner.errors import MESSAGES
    from spacy_bioner.pipeline.requirements import our_factories

    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path)))
    codes = (tmp_path / "reference" / "errors.html").read_text(encoding="utf8")
    assert [code for code in MESSAGES if f"<td>{code}</td>" not in codes] == []
    shown = (tmp_path / "extending.html").read_text(encoding="utf8")
    assert all(f"{path.stem}.py" in shown or "WordBlock" in shown for path in EXAMPLES)
    assert "--8" not in shown
    names = (tmp_path / "registered.html").read_text(encoding="utf8")
    settings = names[names.index('id="settings"') :]
    assert len(re.findall(r"<h4", settings)) == len(CONFIG_NAMES)
    assert [name for name in CONFIG_NAMES if f">{name}<" not in settings] == []
    assert re.findall(r"<tr>(?:(?!</tr>).)*<td></td>.*?</tr>", settings, re.DOTALL) == []
    text = {page.stem: page.read_text(encoding="utf8") for page in (tmp_path / "components").glob("*.html")}
    for factory in our_factories():
        page = text[factory.removeprefix("bioner_")]
        for name in Language.get_factory_meta(factory).default_config:
            rows = [row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f"<code>{name}</code>" in row]
            rows += re.findall(rf"<td><code>{name}\.", page)
            assert rows, (factory, name)
            assert "<td></td>" not in rows[0], (factory, name)
