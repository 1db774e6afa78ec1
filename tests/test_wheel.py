"""What a user of the wheel has: configs and a project, in a new environment and an empty folder."""

import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from places import CONFIGS, ROOT

SOURCES = ["pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "project.yml"]
FOLDERS = ["spacy_bioner", "configs", "projects", "assets"]


def call(*command, cwd):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


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
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    call(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", work, work / "source", cwd=work)
    (wheel,) = work.glob("spacy_bioner-*.whl")
    call(sys.executable, "-m", "venv", "--without-pip", work / "venv", cwd=work)
    python = work / "venv/bin/python"
    call(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=work)
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


def test_configs_and_a_project_that_runs(installed, tmp_path):
    where, *names = call(installed, "-c", COMMANDS, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(installed.parents[1])
    configs = sorted(path.stem for path in CONFIGS.glob("*.cfg"))
    assert names[: len(configs)] == configs
    assert "# Without --paths.vectors" in (tmp_path / "my.cfg").read_text(encoding="utf8")
    assert "# my project" in (tmp_path / "my project/README.md").read_text(encoding="utf8")
    assert (tmp_path / "my project/projects/adr/published.json").is_file()
    printed = call(installed, "-m", "spacy", "project", "run", "dictionary", "my project", cwd=tmp_path)
    assert "exact span" in printed
    assert (tmp_path / "my project/metrics/demo/dictionary.json").is_file()
