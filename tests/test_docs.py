"""What the pages in docs/ name is there: files, variables and workflows of the project, options of commands."""

import re

import pytest
import srsly
from places import ROOT
from typer.main import get_command

from spacy_bioner.cli import app

PAGES = sorted((ROOT / "docs").glob("*.md"))
PROJECT = srsly.read_yaml(ROOT / "project.yml")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page):
    text = page.read_text(encoding="utf8").replace("\\\n", " ")
    for name in set(re.findall(r"(?:configs|assets)/[\w.-]+", text)):
        assert (ROOT / name).exists(), name
    for name in set(re.findall(r"--vars\.(\w+)", text)):
        assert name in PROJECT["vars"], name
    for name in set(re.findall(r"spacy project run (\w+)|[Ww]orkflow `(\w+)`", text)):
        assert {*name} & {*PROJECT["workflows"]}, name
    commands = get_command(app).commands
    for name, options in re.findall(r"spacy bioner ([\w-]+)([^\n`]*)", text):
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z][\w-]*", options)) <= known, (name, options)
