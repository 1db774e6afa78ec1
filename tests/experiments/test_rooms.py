"""The rooms of ``experiments/``: those that make runs, compare them and report on them do not import each other."""

import ast

import pytest
from places import ROOT

EXPERIMENTS = ROOT / "spacy_bioner" / "experiments"
ROOMS = ("trials", "comparison", "report")


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_stand_apart(room):
    modules = {
        node.module or ""
        for path in (EXPERIMENTS / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.ImportFrom) and node.level == 2
    }
    assert not {module.partition(".")[0] for module in modules} & set(ROOMS)
