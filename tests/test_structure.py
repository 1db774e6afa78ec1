"""The floors of the house: imports go down only, and never in a circle."""

import ast
from pathlib import Path

import pytest
from places import ROOT

PACKAGE = ROOT / "spacy_bioner"
FLOORS = [
    {
        *("errors", "limits", "tags", "disjoint_tags", "spans", "scoring", "answer_scores", "normalise", "text_tables"),
        *("ray_cluster", "collecting"),
    },
    {"tokenizers"},
    {"documents"},
    {"formats"},
    {"ml"},
    {"pipeline"},
    {"corpus"},
    {"training"},
    {"experiments", "serving"},
    {"cli"},
]
HEIGHT = {"__version__": 0} | {name: height for height, names in enumerate(FLOORS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 350, 60  # lines


def imported(path: Path) -> set[tuple[str, ...]]:
    """The parts of each module of ours that a module imports, as paths below the package."""
    here = path.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            names = tuple(node.module.split(".")) if node.module else ()
            found |= {base + names} if names else {(*base, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "spacy_bioner":
            found.add(tuple(node.module.split(".")[1:]))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down_only(path):
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own == "__init__":
        return
    above = {target for target in imported(path) if target and HEIGHT[target[0]] > HEIGHT[own]}
    assert not above


def test_no_module_imports_itself_by_a_circle():
    """Imports between modules, those inside functions too, form no circle."""
    edges: dict[str, set[str]] = {}
    for path in MODULES:
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        # A package's own __init__ gathers its modules: to import the package is to import it, not them.
        edges[name] = {".".join(target) for target in imported(path)} - {name}
    finished: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join([*above, name])
        if name not in finished:
            for target in sorted(edges.get(name, ())):
                visit(target, (*above, name))
            finished.add(name)

    for name in edges:
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    # Statements only: the signature of a command is its list of options, the docstring its help.
    long = {
        node.name: length
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and (
            length := node.end_lineno - node.body[ast.get_docstring(node) is not None and len(node.body) > 1].lineno + 1
        )
        > LONGEST_FUNCTION
    }
    assert not long
    assert text.count("\n") <= LONGEST_FILE


def test_files_of_tests_have_their_own_names():
    """pytest imports a test file by its name alone: of two with one name it refuses the second."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
