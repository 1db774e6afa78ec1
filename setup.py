"""Put the configs and the project, which lie beside the package in the checkout, into the wheel as part of it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FILES = (
    "project.yml",
    "configs",
    "projects",
    "assets/brat",
    "assets/conll",
    "assets/questions",
    "assets/relations",
    "assets/terms.tsv",
    "assets/blacklist.txt",
)
RESULTS = shutil.ignore_patterns("training", "metrics", "runs", "*.lock")


class BuildWithProject(build_py):
    """What ``spacy bioner init`` and ``new`` write; an editable install finds it in the checkout."""

    def run(self) -> None:
        """Copy the modules, then these files."""
        super().run()
        if self.editable_mode:
            return
        folder = Path(self.build_lib) / "spacy_bioner" / "project"
        shutil.rmtree(folder, ignore_errors=True)
        for name in FILES:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if Path(name).is_dir():
                shutil.copytree(name, target, ignore=RESULTS)
            else:
                shutil.copyfile(name, target)


setup(cmdclass={"build_py": BuildWithProject})
