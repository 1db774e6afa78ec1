"""The package as spaCy sees it: every registered name opens, needs nothing optional to import, and is fast."""

import ast
import re
import subprocess
import sys
from functools import lru_cache
from importlib.metadata import distribution, packages_distributions

import pytest
from places import CONFIGS, ROOT

ENTRY_POINTS = list(distribution("spacy-bioner").entry_points)

OPTIONAL = [
    ["torch", "spacy_transformers", "transformers"],
    ["pycrfsuite", "sklearn"],
    ["nltk"],
    ["ahocorasick"],
    ["matplotlib", "seqeval"],
]
EVERYTHING = sorted(name for names in OPTIONAL for name in names)

VISIBLE = """
import catalogue
class Visible:
    points = catalogue.AVAILABLE_ENTRY_POINTS
    def select(self, **params):
        return [ep for ep in self.points.select(**params) if ep.value.startswith({plugins!r})]
catalogue.AVAILABLE_ENTRY_POINTS = Visible()
"""
"""Lets spaCy see the plugins of one package only: what others import, or fail to, is not ours to answer for."""

OURS = VISIBLE.format(plugins="spacy_bioner")
NONE = VISIBLE.format(plugins="no plugin at all")

BLOCK = """
import sys
from importlib.abc import MetaPathFinder
class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""

OPEN_ALL = """
import spacy
from importlib.metadata import distribution
spacy.blank("en")
for ep in distribution("spacy-bioner").entry_points:
    ep.load()
print("opened")
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("entry_point", ENTRY_POINTS, ids=lambda ep: f"{ep.group}:{ep.name}")
def test_every_registered_name_opens(entry_point):
    assert callable(entry_point.load())
    assert entry_point.group in ("spacy_factories", "spacy_cli") or entry_point.name.startswith("spacy-bioner.")


@pytest.mark.parametrize("absent", [*OPTIONAL, EVERYTHING], ids="+".join)
def test_opens_without_optional_packages(absent):
    result = run(BLOCK.format(names=absent) + OURS + OPEN_ALL)
    assert result.stdout.strip() == "opened", result.stderr[-2000:]


IMPORTED = f"""
import sys, spacy
before = set(sys.modules)
spacy.blank("en")
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(new & set({EVERYTHING!r})))
"""


def test_a_blank_pipeline_imports_nothing_heavy_for_us():
    assert run(OURS + IMPORTED).stdout.strip() == "[]"


TIMED = """
import time
start = time.process_time()
import spacy
imported = time.process_time()
spacy.blank("en")
print(imported - start, time.process_time() - imported)
"""


def test_a_blank_pipeline_stays_fast():
    """The whole cost of the plugin falls on ``spacy.blank``: at most a quarter of the time to import spaCy itself."""
    imports, without, ours = [], [], []
    for _ in range(8):  # a busy machine takes longer, never less: the best rounds count
        for code, times in ((NONE, without), (OURS, ours)):
            imported, blank = map(float, run(code + TIMED).stdout.split())
            imports.append(imported)
            times.append(blank)
        if min(ours) - min(without) < min(imports) / 4:
            return
    pytest.fail(f"{min(ours):.2f} s, {min(without):.2f} s without the plugin, {min(imports):.2f} s to import spaCy")


REQUIREMENTS = [re.split(r"[<>=]", text)[0] for text in distribution("spacy-bioner").requires or []]
EXTRAS = set(distribution("spacy-bioner").metadata.get_all("Provides-Extra"))
SOURCES = sorted((ROOT / "spacy_bioner").rglob("*.py"))


def imports_of(path):
    """Yield the top-level module and the line of each import of a package, those of ``require`` too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "require":
            names = [node.args[0].value]
        yield from ((name.partition(".")[0], node.lineno) for name in names)


def test_what_is_imported_is_declared():
    distributions = packages_distributions()
    declared = {name.partition("[")[0].replace("_", "-").lower() for name in REQUIREMENTS}
    missing = {
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in SOURCES
        for name, line in imports_of(path)
        if name not in sys.stdlib_module_names
        and name != "spacy_bioner"
        and declared.isdisjoint(given.replace("_", "-").lower() for given in distributions.get(name, [name]))
    }
    assert not missing


def test_what_is_declared_is_imported():
    """Tools of the tests, of ``spacy package`` and other people's components aside, which nothing of ours imports."""
    tools = {
        "mkdocs",
        "mkdocs-material",
        "mkdocstrings",
        "pytest",
        "pytest-xdist",
        "httpx",
        "hypothesis",
        "seqeval",
        "ruff",
        "mypy",
        "build",
        "setuptools",
        "spacy-bioner",
        "accelerate",
        "pyahocorasick",
        "negspacy",
        "medspacy",
    }
    distributions = packages_distributions()
    modules = {name for path in SOURCES for name, _ in imports_of(path)}
    imported = {given.replace("_", "-").lower() for name in modules for given in distributions.get(name, [name])}
    declared = {name.partition("[")[0].replace("_", "-").lower() for name in REQUIREMENTS}
    assert declared - imported - tools == set()


def test_extras_that_messages_name_are_there():
    named = {
        keyword.value.value if isinstance(keyword, ast.keyword) else keyword.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "require"
        for keyword in [*node.args[1:2], *(word for word in node.keywords if word.arg == "extra")]
    }
    assert {"torch", "transformers", "report"} <= named <= EXTRAS


def test_the_page_of_registered_names_is_true():
    """Every name is shown with what it is; a name that is shown is registered."""
    page = (ROOT / "docs/registered.md").read_text(encoding="utf8")
    shown = set(re.findall(r"spacy-bioner\.\w+\.v\d+|\bbioner_\w+", page))
    assert shown == {point.name for point in ENTRY_POINTS if point.group != "spacy_cli"}


@lru_cache
def uses():
    files = [*CONFIGS.glob("*.cfg"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py"), *SOURCES]
    return {path: path.read_text(encoding="utf8") for path in files if path.name != "test_package.py"}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS, ids=lambda ep: f"{ep.group}:{ep.name}")
def test_every_registered_name_is_used(entry_point):
    """By a config, a test or another module: as a name, or as the function that it stands for."""
    module, _, function = entry_point.value.rpartition(":")
    own = ROOT / (module.replace(".", "/") + ".py")
    word = re.compile(rf"(?<![\w.]){re.escape(entry_point.name)}(?!\w)|\b{function}\b")
    short = re.compile(rf'"{entry_point.name.split(".")[1]}"' if entry_point.name.count(".") == 2 else "$^")
    assert any((word.search(text) or short.search(text)) for path, text in uses().items() if path != own)
