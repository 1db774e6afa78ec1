"""What README and the pages name is there: files, variables and workflows of the projects, options of commands."""

import re
import shlex

import pytest
import srsly
from places import ROOT
from typer.main import get_command

from spacy_bioner.cli import app
from spacy_bioner.errors import MESSAGES

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "projects").glob("*/README.md")),
]
PROJECTS = {path.parent: srsly.read_yaml(path) for path in [ROOT / "project.yml", *ROOT.glob("projects/*/project.yml")]}


def text_of(page):
    return page.read_text(encoding="utf8").replace("\\\n", " ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page):
    text = text_of(page)
    for name in set(re.findall(r"(?<![\w/])(?:configs|assets|projects|docs|benchmarks|tests)/[\w./-]*\w", text)):
        assert (ROOT / name).exists() or name == "configs/X.cfg" or name.startswith("assets/public"), name
    for name in set(re.findall(r"spacy_bioner/[\w./-]*\w", text)):
        assert (ROOT / name).exists() or name == "spacy_bioner/project", name
    for target in set(re.findall(r"\]\(([^)#]+)\)", text)):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_a_page_are_commands(page):
    text = text_of(page)
    for rest in re.findall(r"spacy project run ([^\n`]*)", text):
        name, folder, *_ = [*rest.split(), ".", "."]
        project = PROJECTS[(ROOT / folder).resolve() if not folder.startswith("-") else ROOT]
        assert name in {*project["workflows"], *(command["name"] for command in project["commands"])}, rest
        assert set(re.findall(r"--vars\.(\w+)", rest)) <= set(project["vars"]), rest
    known_vars = {name for project in PROJECTS.values() for name in project["vars"]}
    assert set(re.findall(r"--vars\.(\w+)", text)) <= known_vars
    commands = get_command(app).commands
    for name, options in re.findall(r"spacy bioner ([a-z-]+)([^\n`]*)", text):
        known = {option for parameter in commands[name].params for option in parameter.opts}
        known |= {option for parameter in commands[name].params for option in parameter.secondary_opts}
        given = re.findall(r"(?<!\S)--?[a-z][\w-]*(?![\w.@-])", options.split(" -- ")[0])
        assert set(given) <= known, (name, options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_of_a_page_are_settings(page):
    """``spacy train configs/X.cfg`` with overrides: each is a setting of that config."""
    from spacy.util import load_config

    for config, rest in re.findall(r"spacy train (configs/[\w.]+)([^\n`]*)", text_of(page)):
        if config == "configs/X.cfg":
            continue
        content = load_config(ROOT / config)
        for option in shlex.split(rest, posix=False):
            if option.startswith("--") and "." in option:
                place = content
                for key in option[2:].split("."):
                    assert key in place, option
                    place = place[key]


OTHERS = {"--head", "--local-dir", "--force-reinstall"}
"""Options of other programs: Ray, Hugging Face, pip."""


def test_options_that_messages_advise_are_options_of_the_command():
    options = {
        name: {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        for name, command in get_command(app).commands.items()
    }
    every = set().union(*options.values(), OTHERS)
    for code, message in MESSAGES.items():
        for name, option in re.findall(r"(?:\b([a-z][\w-]*) )?(--[a-z][a-z-]*)(?![\w.-])", message):
            assert option in options.get(name, every), (code, name, option)
