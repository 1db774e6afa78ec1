"""Put the configs and the project, which lie beside the package in the checkout, into the wheel as part of it."""

import ast
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

RESULTS = shutil.ignore_patterns("training", "metrics", "runs", "*.lock")


def project_files():
    """Return FILES of the module that copies them for users, without importing the package, which is not built yet."""
    module = ast.parse(Path("spacy_bioner/experiments/project_files.py").read_text(encoding="utf8"))
    assigned = {node.targets[0].id: node.value for node in module.body if isinstance(node, ast.Assign)}
    return ast.literal_eval(assigned["FILES"])


class BuildWithProject(build_py):
    """What ``spacy bioner init`` and ``new`` write; an editable install finds it in the checkout."""

    def run(self) -> None:
        """Copy the modules, then these files."""
        super().run()
        if self.editable_mode:
            return
        folder = Path(self.build_lib) / "spacy_bioner" / "project"
        shutil.rmtree(folder, ignore_errors=True)
        for name in project_files():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if Path(name).is_dir():
                shutil.copytree(name, target, ignore=RESULTS)
            else:
                shutil.copyfile(name, target)


setup(cmdclass={"build_py": BuildWithProject})
