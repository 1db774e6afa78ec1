"""The floors of the house: imports go down only, and never in a circle."""

import ast
from pathlib import Path

import pytest
from places import ROOT

PACKAGE = ROOT / "spacy_bioner"
FLOORS = [
    {
        *("errors", "limits", "tags", "disjoint_tags", "spans", "scoring", "answer_scores", "normalise", "text_tables"),
        *("ray_cluster", "collecting", "progress"),
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


# What writes a file or folder under its own name leaves half of it if it is killed or the disk is full. Outputs are
# written by `open_output`, `whole_folder` and `into_folder`, under another name until they are whole. These calls need
# no such care, or take it:
WRITES = {
    "formats/own_name.py open": "files of locks",
    "formats/text_io.py open": "open_output itself",
    "formats/text_io.py replace": "open_output itself",
    "formats/whole_folder.py rename": "whole_folder itself",
    "formats/whole_folder.py replace": "into_folder itself",
    "formats/brat/files.py write_bytes": "in a folder of whole_folder",
    "cli/merge.py to_disk": "in a folder of whole_folder",
    "experiments/project_files.py copytree": "in a folder of into_folder",
    "experiments/project_files.py copyfile": "in a folder of into_folder",
    "experiments/project_files.py write_text": "in a folder of into_folder",
    "training/masked_lm/pretraining.py save_pretrained": "in a folder of into_folder",
    "experiments/report/svg.py savefig": "to a file of open_output, and to memory",
    "formats/brat/archives.py open": "a tar file in a file of open_output",
    "ml/transformer/shim.py save_pretrained": "in a temporary folder, read at once",
    "ml/transformer/shim.py write_bytes": "in a temporary folder, read at once",
    "training/masked_lm/data.py write_text": "in a temporary folder, read at once",
    "pipeline/sealed.py write_bytes": "sealed: a folder that is not whole does not load",
    "pipeline/sealed.py replace": "sealed: a folder that is not whole does not load",
    "tokenizers/nltk.py write_bytes": "of a pipeline that spaCy saves; damaged, it does not load",
    "experiments/trials/worker.py rename": "before the run's record, which says that it is whole",
    "experiments/trials/runner.py open": "a log, of which each line counts",
    "experiments/trials/ray_launch.py open": "a log, of which each line counts",
    "training/resume/loop.py copytree": "in a folder of whole_folder; model-best, after which training goes on",
    "training/resume/loop.py copy2": "the same",
    "training/resume/loop.py write_text": "in a folder of whole_folder",
    "training/resume/state.py savez": "in a folder of whole_folder",
    "corpus/annotation/worker.py write_text": "a mark of a worker, read only where it was killed",
    "training/convergence_logger.py open": "a log, of which each line counts",
    "training/convergence_logger.py write_text": "a log, of which each line counts",
}
WRITING = {"write_text", "write_bytes", "touch", "rename", "copyfile", "copytree", "copy2", "move"}
WRITING |= {"to_disk", "save_pretrained", "savefig", "savez", "tofile"}
WRITING |= {"write_json", "write_jsonl", "write_gzip_json", "write_msgpack", "write_yaml"}


def writes(tree: ast.Module):
    """Yield the names of the calls that write to a path: see WRITING; ``open`` for writing; ``os.replace``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        of = getattr(getattr(node.func, "value", None), "id", "")
        values = [getattr(given, "value", None) for given in [*node.args, *(one.value for one in node.keywords)]]
        modes = [one for one in values if isinstance(one, str) and 0 < len(one) < 4 and set(one) & set("wax+")]
        opened = name == "open" and (modes or (of == "os" and "O_RDONLY" not in ast.unparse(node)))
        if opened or (name == "replace" and of == "os") or (name in WRITING and isinstance(node.func, ast.Attribute)):
            yield name


def test_outputs_are_written_whole():
    found = {
        f"{path.relative_to(PACKAGE).as_posix()} {name}"
        for path in MODULES
        for name in writes(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert sorted(found - WRITES.keys()) == [], "write these by open_output, whole_folder or into_folder"
    assert sorted(WRITES.keys() - found) == [], "these are no more"
