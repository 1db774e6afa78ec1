"""What a user of the wheel has: configs, a project and packaged pipelines, in a new environment and an empty folder."""

import ast
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from places import CONFIGS, ROOT
from spacy.cli.package import package

from spacy_bioner import ask

SOURCES = ["pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "project.yml"]
FOLDERS = ["spacy_bioner", "configs", "projects", "assets"]


def call(*command, cwd, given=None):
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=cwd, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The Python of an environment with the wheel; what it depends on is that of this environment."""
    work = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        (work / "source").mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, work / "source" / name)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "training", "runs", "metrics") if name == "projects" else None
        shutil.copytree(ROOT / name, work / "source" / name, ignore=ignored)
    call(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", work, work / "source", cwd=work)
    (wheel,) = work.glob("spacy_bioner-*.whl")
    call(sys.executable, "-m", "venv", "--without-pip", work / "venv", cwd=work)
    python = work / "venv/bin/python"
    call(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=work)
    own = {Path(sysconfig.get_path("purelib")).resolve()}
    others = {Path(path).resolve() for path in [*sys.path, *site.getsitepackages()] if path.endswith("site-packages")}
    (packages,) = (work / "venv/lib").glob("python*/site-packages")
    (packages / "others.pth").write_text("\n".join(map(str, sorted(own | others))) + "\n", encoding="utf8")
    shutil.rmtree(work / "source")  # nothing but the wheel is left
    return python


COMMANDS = """
import spacy_bioner
from spacy_bioner.cli import app
print(spacy_bioner.__file__)
for arguments in (["init"], ["init", "crf", "my.cfg"], ["new", "my project"]):
    app(arguments, standalone_mode=False)
"""
"""Each a command of its own for a user; one process is enough here."""

ASK = """
import sys, spacy
from spacy_bioner import ask
nlp = spacy.load("xx_chemicals")
for text in sys.stdin.read().splitlines():
    print([(r.head.text, r.label, r.tail.text, round(r.score, 3)) for r in nlp(text)._.relations])
    print([(reply.text, round(reply.score, 3)) for reply in ask(nlp, "what was given?", text)])
"""


def test_a_package_with_entities_relations_and_answers(installed, tmp_path, monkeypatch):
    pytest.importorskip("transformers")
    monkeypatch.syspath_prepend(ROOT / "tests/pipeline")
    from every_component import answers, relations, texts

    nlp = relations(tmp_path)
    nlp.add_pipe("bioner_answers", source=answers(tmp_path))
    nlp.meta["name"] = "chemicals"
    nlp.to_disk(tmp_path / "model")
    (tmp_path / "packages").mkdir()
    package(tmp_path / "model", tmp_path / "packages", create_sdist=False, silent=True)
    (folder,) = (tmp_path / "packages").iterdir()
    options = ["--no-deps", "--no-index", "--no-build-isolation"]
    call(*PIP, "--python", installed, "install", *options, folder, cwd=tmp_path)
    shutil.rmtree(tmp_path / "bert")  # a package has its own network
    contexts = texts(4)
    found = call(installed, "-c", ASK, cwd=tmp_path, given="\n".join(contexts)).splitlines()
    expected = []
    for text in contexts:
        related = nlp(text)._.relations
        expected.append([(r.head.text, r.label, r.tail.text, pytest.approx(r.score, abs=2e-3)) for r in related])
        expected.append([(one.text, pytest.approx(one.score, abs=2e-3)) for one in ask(nlp, "what was given?", text)])
    assert list(map(ast.literal_eval, found)) == expected
    assert sum(map(len, expected[::2])) > 1
    assert sum(map(len, expected[1::2])) > 3


def test_configs_and_a_project_that_runs(installed, tmp_path):
    where, *names = call(installed, "-c", COMMANDS, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(installed.parents[1])
    configs = sorted(path.stem for path in CONFIGS.glob("*.cfg"))
    assert [line.split()[0] for line in names[: len(configs)]] == configs
    assert "# Without --paths.vectors" in (tmp_path / "my.cfg").read_text(encoding="utf8")
    assert "# my project" in (tmp_path / "my project/README.md").read_text(encoding="utf8")
    assert (tmp_path / "my project/projects/adr/published.json").is_file()
    printed = call(installed, "-m", "spacy", "project", "run", "dictionary", "my project", cwd=tmp_path)
    assert "exact span" in printed
    assert (tmp_path / "my project/metrics/demo/dictionary.json").is_file()
