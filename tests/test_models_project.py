"""projects/models, on the small corpus: a pipeline that is trained, scored, described and a package."""

import shlex
import shutil
import subprocess
import sys

import spacy
import srsly
from places import ROOT
from spacy.cli._util import app
from typer.testing import CliRunner
from weasel.util import load_project_config

import spacy_bioner.cli  # noqa: F401  (adds its commands to spaCy's)


def commands(folder):
    return {command["name"]: command["script"] for command in load_project_config(folder)["commands"]}


def run(script):
    words = shlex.split(script)[3:]
    if words[:2] == ["bioner", "once"]:  # it would start a process of its own
        words = words[words.index("--") + 1 :]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, (script, result.output, result.exception)


def test_the_crf_becomes_a_package_that_loads(tmp_path, monkeypatch):
    for name in ("assets", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    folder = tmp_path / "projects/models"
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "projects/models/project.yml", folder / "project.yml")
    monkeypatch.chdir(folder)
    for script in commands(folder)["crf"]:
        run(script)
    (package,) = (folder / "training/adr").glob("en_bioner_adr-*")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(tmp_path / "installed"), str(package)], check=True)
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    doc = spacy.load("en_bioner_adr")("She had a rash after aspirin.")
    assert doc.has_annotation("ENT_IOB")
    card = next(package.glob("en_bioner_adr/en_bioner_adr-*/README.md")).read_text(encoding="utf8")
    scores = srsly.read_json(folder / "metrics/adr/crf.json")
    assert scores["ents_f"] > 0.5
    assert f"{100 * scores['ents_f']:.2f}" in card
    assert "| Size | " in card
    assert f"| Speed | {scores['speed']:,.0f} tokens per second" in card
    sys.modules.pop("en_bioner_adr", None)


def test_each_corpus_has_a_type_of_its_own():
    scripts = map(shlex.split, commands(ROOT / "projects/models")["corpora"])
    types = [words[words.index("--vars.type") + 1] for words in scripts]
    assert types == ["disease", "chemical_disease", "gene"]
