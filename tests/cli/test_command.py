"""What every command does with warnings and errors, those of spaCy as well."""

import subprocess
import sys

import pytest
from places import ROOT
from typer.testing import CliRunner

from spacy_bioner import cli

SCRIPT = """
import warnings
from spacy_bioner import cli

def shout():
    warnings.warn("[B008] labels differ")
    warnings.warn("an older Python")

{0}
"""
OURS = 'cli.command(shout)\ncli.app(["shout"])'
SPACYS = 'cli.spacy_app.command()(shout)\ncli.spacy_app(["shout"])'


@pytest.mark.parametrize("call", [OURS, SPACYS], ids=["ours", "spaCy's"])
def test_a_warning_with_a_code_is_told_in_a_line(call):
    script = SCRIPT.format(call)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.strip().splitlines()[:2]
    assert first == "⚠ [B008] labels differ"
    assert second.endswith("UserWarning: an older Python")


FAILING = """
import sys
from spacy_bioner import cli
from spacy_bioner.errors import BionerError

def train():
    raise BionerError("B130", path="my/trian", hint="check the path") if sys.argv[1] == "ours" else ValueError("theirs")

cli.spacy_app.command()(train)
import typer.main
typer.main.get_command(cli.spacy_app)(["train"])  # as `python -m spacy` does
"""


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_an_error_with_a_code_that_ends_spacy_train_is_told_without_a_traceback(whose):
    command = [sys.executable, "-c", FAILING, whose]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) == (whose == "theirs"), done.stderr
    assert whose == "theirs" or "[B130] my/trian does not exist: check the path" in done.stderr
    assert whose == "ours" or "ValueError: theirs" in done.stderr


@pytest.mark.parametrize("which", [["init", "none"], ["check", "some/long/folder/" * 8 + "with a blank"]])
def test_an_error_is_one_line_of_stderr(which):
    """Commands and paths in it can be copied, and it is not in the output that a user redirects."""
    done = CliRunner().invoke(cli.app, which)
    assert done.exit_code == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("✘ [B")
    assert which[1] in line


def test_the_command_to_train_with_a_new_config_is_one_line(tmp_path):
    file = tmp_path / ("a" * 60) / "my.cfg"
    done = CliRunner().invoke(cli.app, ["init", "crf", str(file)])
    command = f"python -m spacy train {file} --output out --paths.train TRAIN --paths.dev DEV"
    assert command in done.stdout.splitlines()


LIGHT = """
import sys
from typer.testing import CliRunner
from spacy_bioner.cli import app

folder, new = sys.argv[1:]
for line in (f"check {folder}", f"split {folder} -o {new}/parts --to brat", f"convert {folder} {new}/all.tsv"):
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 0, result.output
print({"transformers", "spacy_transformers"} & sys.modules.keys())
"""


def test_commands_without_a_pipeline_import_no_transformers(tmp_path):
    """The first Language of a process imports every plugin of spaCy: that takes longer than these commands' work."""
    command = [sys.executable, "-c", LIGHT, str(ROOT / "assets/brat/dev"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.stdout == "set()\n", done.stdout + done.stderr
